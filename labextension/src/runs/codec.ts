/**
 * JSON of the run folder to values, and nothing else: the twin of `kresume_nb/run/codec.py`.
 *
 * JSON has no NaN and no infinity, so those are written as strings; wherever a record's field is a
 * number they become one again here. A text that does not hold the record it should is refused.
 */
import type {
  Bundle,
  Cell,
  Checkpoint,
  End,
  Epoch,
  Header,
  JournalEvent,
  Num,
  Position,
  Pruned,
  Start,
  Steps,
  Summary,
  Warned,
  Writer
} from '../protocol';

/** A record of the protocol after reading: its numbers are numbers. */
export type Decoded<T> = [Num] extends [T]
  ? number | Exclude<T, Num>
  : T extends (infer Item)[]
    ? Decoded<Item>[]
    : T extends object
      ? { [Key in keyof T]: Decoded<T[Key]> }
      : T;

/** The text holds no such record. Readers skip it and count it. */
export class CorruptRecordError extends Error {
  override name = 'CorruptRecordError';
}

type Reader<T> = (value: unknown) => T;
type Fields<T> = { [Key in keyof Required<T>]: Reader<T[Key]> };

const NON_FINITE = new Map<unknown, number>([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity]
]);

/** The number that a JSON value stands for. */
export function num(value: unknown): number {
  if (typeof value === 'number') {
    return value;
  }
  const named = NON_FINITE.get(value);
  if (named === undefined) {
    throw new CorruptRecordError(`Expected a number, received ${typeof value}`);
  }
  return named;
}

function int(value: unknown): number {
  if (!Number.isInteger(value)) {
    throw new CorruptRecordError(`Expected a whole number, received ${typeof value}`);
  }
  return value as number;
}

function text(value: unknown): string {
  if (typeof value !== 'string') {
    throw new CorruptRecordError(`Expected a string, received ${typeof value}`);
  }
  return value;
}

function flag(value: unknown): boolean {
  if (typeof value !== 'boolean') {
    throw new CorruptRecordError(`Expected true or false, received ${typeof value}`);
  }
  return value;
}

function plain(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CorruptRecordError(`Expected an object, received ${typeof value}`);
  }
  return value as Record<string, unknown>;
}

function list<T>(item: Reader<T>): Reader<T[]> {
  return value => {
    if (!Array.isArray(value)) {
      throw new CorruptRecordError(`Expected a list, received ${typeof value}`);
    }
    return value.map(item);
  };
}

/** Names come from files: `fromEntries` defines even `__proto__` as a plain key. */
function dict<T>(item: Reader<T>): Reader<Record<string, T>> {
  return value =>
    Object.fromEntries(Object.entries(plain(value)).map(([key, one]) => [key, item(one)]));
}

function maybe<T>(item: Reader<T>): Reader<T | null> {
  return value => (value === null || value === undefined ? null : item(value));
}

function otherwise<T>(item: Reader<T>, missing: T): Reader<T> {
  return value => (value === undefined ? missing : item(value));
}

function oneOf<T extends string>(...choices: T[]): Reader<T> {
  return value => {
    const found = choices.find(choice => choice === value);
    if (found === undefined) {
      throw new CorruptRecordError(`Expected one of ${choices.join(', ')}`);
    }
    return found;
  };
}

function record<T>(fields: Fields<T>): Reader<T> {
  const readers = Object.entries<Reader<unknown>>(fields);
  return value => {
    const source = plain(value);
    const values: Record<string, unknown> = Object.fromEntries(
      readers.map(([key, read]) => [key, read(source[key])])
    );
    return values as T;
  };
}

const position = record<Position>({ epoch: int, batch: int, step: int });
const writer = record<Decoded<Writer>>({ pid: int, host: text, kernel: maybe(text), started: num });
const cell: Reader<Cell> = record<Cell & { late: boolean }>({
  id: maybe(text),
  source: text,
  late: otherwise(flag, false)
});

const checkpoint = record<Decoded<Checkpoint>>({
  type: () => 'checkpoint',
  time: num,
  file: text,
  position,
  bytes: int,
  seconds: num,
  monitor: maybe(text),
  value: maybe(num)
});

const steps = record<Decoded<Steps>>({
  type: oneOf('steps'),
  time: num,
  step: int,
  epoch: int,
  batch: int,
  count: int,
  logs: dict(list(num)),
  learning_rate: list(num)
});

const EVENTS: {
  [Kind in JournalEvent['type']]: Reader<Decoded<Extract<JournalEvent, { type: Kind }>>>;
} = {
  start: record<Decoded<Start>>({
    type: oneOf('start'),
    time: num,
    writer,
    epochs: int,
    batches: int,
    position,
    resumed: flag,
    checkpoint: maybe(text),
    report: otherwise(list(text), [])
  }),
  steps: value => {
    const read = steps(value);
    const columns = Object.values(read.logs);
    const rates = read.learning_rate.length;
    if (
      columns.some(column => column.length !== read.count) ||
      (rates !== 1 && rates !== read.count)
    ) {
      throw new CorruptRecordError(
        `Expected ${read.count} values in every column of a steps record`
      );
    }
    return read;
  },
  epoch: record<Decoded<Epoch>>({
    type: oneOf('epoch'),
    time: num,
    epoch: int,
    step: int,
    logs: dict(num),
    learning_rate: num,
    seconds: num,
    inherited: otherwise(flag, false)
  }),
  checkpoint,
  pruned: record<Decoded<Pruned>>({ type: oneOf('pruned'), time: num, files: list(text) }),
  warning: record<Decoded<Warned>>({ type: oneOf('warning'), time: num, message: text }),
  end: record<Decoded<End>>({
    type: oneOf('end'),
    time: num,
    status: oneOf('finished', 'interrupted', 'failed'),
    position,
    reason: text
  })
};

const header = record<Decoded<Header>>({
  schema: int,
  name: text,
  base: text,
  created: num,
  notebook: maybe(text),
  cell: maybe(cell),
  setup: list(cell),
  fit: plain,
  compile: plain,
  architecture: text,
  parameters: int,
  data: list(record({ name: text, shape: list(int), dtype: text, digest: text })),
  samples: int,
  batch_size: int,
  batches: int,
  seed: int,
  versions: dict(text),
  device: text,
  writer,
  parent: maybe(record({ run: text, checkpoint: text, epoch: int }))
});

const summary = record<Decoded<Summary>>({
  schema: otherwise(int, 1),
  name: text,
  status: oneOf('running', 'finished', 'interrupted', 'failed'),
  reason: text,
  epochs: int,
  batches: int,
  position,
  epoch: list(int),
  learning_rate: list(num),
  resumes: list(position),
  checkpoints: list(checkpoint),
  updated: num
});

const bundle = record<Bundle>({ schema: otherwise(int, 1), run: text, folder: text });

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new CorruptRecordError(`Not JSON: ${String(error)}`);
  }
}

/** The event in a journal line, or null for a type that a newer writer may have added. */
export function decodeEvent(line: string): Decoded<JournalEvent> | null {
  const value = plain(parse(line));
  const kind = text(value.type);
  return Object.hasOwn(EVENTS, kind) ? EVENTS[kind as JournalEvent['type']](value) : null;
}

/** The layout version that a document names, readable even when the rest is of a newer layout. */
export function schemaOf(json: string): number {
  return otherwise(int, 1)(plain(parse(json)).schema);
}

/** The header in the text of `run.json`. */
export function decodeHeader(json: string): Decoded<Header> {
  return header(parse(json));
}

/** The summary in the text of `history.json`, which keeps it under the key `kresume`. */
export function decodeSummary(json: string): Decoded<Summary> {
  return summary(plain(parse(json)).kresume);
}

/** The bundle in a notebook's output. */
export function decodeBundle(value: unknown): Bundle {
  return bundle(value);
}
