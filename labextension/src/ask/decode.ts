/** The question in a notebook's output, as a value. */
import type { Ask, Point, Position } from '../protocol';
import type { Decoded } from '../runs/values';
import {
  CorruptRecordError,
  dict,
  int,
  list,
  num,
  oneOf,
  otherwise,
  record,
  text
} from '../runs/values';

const position = record<Position>({ epoch: int, batch: int, step: int });

const ask = record<Decoded<Ask>>({
  schema: otherwise(int, 1),
  id: value => {
    const id = text(value);
    if (!/^[0-9a-z]{1,64}$/.test(id)) {
      throw new CorruptRecordError('Expected an identifier'); // It becomes part of a file's name.
    }
    return id;
  },
  run: text,
  folder: text,
  status: oneOf('running', 'finished', 'interrupted', 'failed'),
  position,
  epochs: int,
  batches: int,
  points: list(record<Decoded<Point>>({ checkpoint: text, position, logs: dict(num), time: num })),
  seconds: num,
  created: num
});

/** The question in an output; one that is not whole is refused. */
export function decodeAsk(value: unknown): Decoded<Ask> {
  return ask(value);
}
