/**
 * JSON of the run folder to values, and nothing else: the twin of `kresume_nb/run/codec.py`.
 *
 * JSON has no NaN and no infinity, so those are written as strings; wherever a record's field is a
 * number they become one again here. A text that does not hold the record it should is refused.
 */
import type {
  Attempt,
  Attempted,
  AutoSwitch,
  Bundle,
  Cell,
  Checkpoint,
  Controlled,
  End,
  Epoch,
  Finding,
  Header,
  JournalEvent,
  Marks,
  Monitored,
  Position,
  Pruned,
  RunRow,
  FoundAttempt,
  FoundAttempts,
  RunFolders,
  RunRows,
  Start,
  Steps,
  Summary,
  There,
  Verified,
  Warned,
  Writer
} from '../protocol';
import { BARE_STEPS, checkDepth, STEPS } from './limits';
import type { Decoded, Reader } from './values';
import {
  CorruptRecordError,
  dict,
  flag,
  int,
  list,
  maybe,
  num,
  nums,
  oneOf,
  otherwise,
  plain,
  record,
  text
} from './values';

/** An object of whatever content, as deep as ours are. */
const shallow: Reader<Record<string, unknown>> = value => {
  checkDepth(value);
  return plain(value);
};

const position = record<Position>({ epoch: int, batch: int, step: int });
const writer = record<Decoded<Writer>>({ pid: int, host: text, kernel: maybe(text), started: num });
const cell: Reader<Cell> = record<Cell>({
  id: maybe(text),
  source: text,
  late: otherwise(flag, false),
  place: otherwise(maybe(int), null)
});

const finding: Reader<Finding> = record<Finding>({
  what: text,
  verdict: oneOf('exact', 'approximate', 'lost', 'changed'),
  detail: otherwise(text, '')
});

const direction = oneOf('min', 'max');

const checkpoint = record<Decoded<Checkpoint>>({
  type: () => 'checkpoint',
  time: num,
  file: text,
  position,
  bytes: int,
  seconds: num,
  monitor: maybe(text),
  value: maybe(num),
  mode: otherwise(maybe(direction), null),
  skipped: otherwise(list(int), []),
  skipped_within: otherwise(int, 0)
});

const steps = record<Decoded<Steps>>({
  type: oneOf('steps'),
  time: num,
  step: int,
  epoch: int,
  batch: int,
  count: int,
  logs: dict(nums),
  learning_rate: nums
});

const attempt = record<Decoded<Attempt>>({
  schema: otherwise(int, 1),
  number: int,
  by: oneOf('page', 'server'),
  who: text,
  time: num,
  step: int,
  checkpoint: maybe(text),
  outcome: otherwise(oneOf('open', 'resumed', 'died', 'failed', 'abandoned'), 'open'),
  detail: otherwise(text, '')
});

const foundAttempts = record<Decoded<FoundAttempts>>({
  attempts: list(record<Decoded<FoundAttempt>>({ attempt, age: num }))
});

const autoSwitch = record<Decoded<AutoSwitch>>({
  on: flag,
  since: maybe(num),
  unattended: otherwise(flag, false)
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
    report: otherwise(list(text), []),
    findings: otherwise(list(finding), [])
  }),
  steps: value => {
    const read = steps(value);
    const columns = Object.values(read.logs);
    const rates = read.learning_rate.length;
    const most = columns.length > 0 ? STEPS : BARE_STEPS;
    if (read.count < 1 || read.count > most) {
      throw new CorruptRecordError(`Expected from 1 to ${most} steps, received ${read.count}`);
    }
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
  monitored: record<Decoded<Monitored>>({
    type: oneOf('monitored'),
    time: num,
    monitor: maybe(text),
    directions: dict(direction)
  }),
  pruned: record<Decoded<Pruned>>({ type: oneOf('pruned'), time: num, files: list(text) }),
  warning: record<Decoded<Warned>>({ type: oneOf('warning'), time: num, message: text }),
  verified: record<Decoded<Verified>>({ type: oneOf('verified'), time: num, finding }),
  control: record<Decoded<Controlled>>({
    type: oneOf('control'),
    time: num,
    id: text,
    action: oneOf('pause', 'continue', 'stop', 'checkpoint', 'learning_rate'),
    value: maybe(num),
    position,
    done: flag,
    detail: text
  }),
  attempt: record<Decoded<Attempted>>({ type: oneOf('attempt'), time: num, attempt }),
  end: record<Decoded<End>>({
    type: oneOf('end'),
    time: num,
    status: oneOf('finished', 'interrupted', 'failed'),
    position,
    reason: text
  })
};

/** A header, of whatever document. */
export const header = record<Decoded<Header>>({
  schema: int,
  name: text,
  base: text,
  created: num,
  notebook: maybe(text),
  cell: maybe(cell),
  setup: list(cell),
  fit: shallow,
  compile: shallow,
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
  parent: maybe(record({ run: text, checkpoint: text, epoch: int })),
  notebook_path: otherwise(maybe(text), null),
  execution: otherwise(text, ''),
  call: otherwise(int, 1),
  execution_complete: otherwise(flag, true),
  execution_failed: otherwise(flag, false),
  default_name: otherwise(flag, false),
  start: otherwise(text, ''),
  policy: otherwise(
    maybe(
      record({
        every_epochs: maybe(int),
        every_steps: maybe(int),
        every_seconds: maybe(num),
        keep_last: maybe(int),
        keep_best: int,
        monitor: maybe(text),
        mode: oneOf('auto', 'min', 'max')
      })
    ),
    null
  )
});

/** A summary, of whatever document. */
export const summary = record<Decoded<Summary>>({
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
  updated: num,
  step: otherwise(list(int), []),
  time: otherwise(nums, []),
  seconds: otherwise(nums, []),
  inherited: otherwise(int, 0),
  lacking: otherwise(dict(list(int)), {}),
  journal: otherwise(int, 0),
  monitor: otherwise(maybe(text), null),
  directions: otherwise(dict(direction), {}),
  skipped: otherwise(list(int), [])
});

const bundle = record<Bundle>({ schema: otherwise(int, 1), run: text, folder: text });

const marks = record<Marks>({
  schema: int,
  title: otherwise(text, ''),
  pinned: otherwise(flag, false),
  checkpoints: otherwise(list(text), [])
});

const row = record<Decoded<RunRow>>({
  folder: text,
  name: text,
  title: text,
  pinned: flag,
  notebook: maybe(text),
  created: num,
  updated: num,
  status: oneOf('running', 'finished', 'interrupted', 'failed'),
  reason: text,
  epochs: int,
  batches: int,
  position,
  monitor: maybe(text),
  best: maybe(num),
  best_epoch: maybe(int),
  trail: nums,
  checkpoints: int,
  bytes: int,
  kernel: maybe(text),
  began: num,
  heartbeat: maybe(num),
  problem: otherwise(text, ''),
  mode: otherwise(maybe(direction), null)
});

const rows = record<Decoded<RunRows>>({ rows: list(row), complete: flag });

const runFolders = record<Decoded<RunFolders>>({ names: list(text) });

const there = record<Decoded<There>>({ there: flag });

/** Any JSON. */
export function parse(json: string): unknown {
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

/** All of `history.json`: the summary, and the metrics beside it. */
export function decodeHistory(json: string): {
  summary: Decoded<Summary>;
  history: Record<string, number[]>;
} {
  const { kresume, ...metrics } = plain(parse(json));
  return { summary: summary(kresume), history: dict(nums)(metrics) };
}

/** The marks in the text of `marks.json`. */
export function decodeMarks(json: string): Marks {
  return marks(parse(json));
}

/** What the server extension lists. */
export function decodeRows(json: string): Decoded<RunRows> {
  return rows(parse(json));
}

/** The folders that the server extension names. */
export function decodeRunFolders(json: string): Decoded<RunFolders> {
  return runFolders(parse(json));
}

/** Whether a file is there, as the server extension tells. */
export function decodeThere(json: string): Decoded<There> {
  return there(parse(json));
}

/** The bundle in a notebook's output. */
export function decodeBundle(value: unknown): Bundle {
  return bundle(value);
}

/** The attempt in the text of an `attempt-<n>.json`. */
export function decodeAttempt(json: string): Decoded<Attempt> {
  return attempt(parse(json));
}

/** The attempts that the server extension found. */
export function decodeFoundAttempts(json: string): Decoded<FoundAttempts> {
  return foundAttempts(parse(json));
}

/** How a switch "resume by itself" stands. */
export function decodeSwitch(json: string): Decoded<AutoSwitch> {
  return autoSwitch(parse(json));
}
