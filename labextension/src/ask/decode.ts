/** The question in a notebook's output, as a value. */
import type { Ask } from '../protocol';
import * as decoders from '../runs/decoders';
import type { Decoded } from '../runs/values';
import { CorruptRecordError } from '../runs/values';

/** The question in an output; one that is not whole is refused. */
export function decodeAsk(value: unknown): Decoded<Ask> {
  const ask = decoders.ask(value);
  if (!/^[0-9a-z]{1,64}$/.test(ask.id)) {
    throw new CorruptRecordError('Expected an identifier'); // It becomes part of a file's name.
  }
  return ask;
}
