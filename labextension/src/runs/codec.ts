/**
 * JSON of the run folder to values, and nothing else: the twin of `kresume_nb/run/codec.py`.
 *
 * JSON has no NaN and no infinity, so those are written as strings; wherever a record's field is a
 * number they become one again (`decoders.ts`, generated). A text that does not hold the record it
 * should is refused.
 */
import type {
  Attempt,
  AutoSwitch,
  Bundle,
  FoundAttempts,
  Header,
  JournalEvent,
  Marks,
  Pruning,
  RunFolders,
  RunRows,
  Steps,
  Summary,
  There
} from '../protocol';
import * as decoders from './decoders';
import { BARE_STEPS, STEPS } from './limits';
import type { Decoded } from './values';
import { CorruptRecordError, dict, int, nums, otherwise, plain, text } from './values';

/** Refuse a count of steps that its columns do not vouch for. */
function checkSteps({ count, logs, learning_rate: rates }: Decoded<Steps>): void {
  const columns = Object.values(logs);
  const most = columns.length > 0 ? STEPS : BARE_STEPS;
  if (count < 1 || count > most) {
    throw new CorruptRecordError(`Expected from 1 to ${most} steps, received ${count}`);
  }
  if (
    columns.some(column => column.length !== count) ||
    (rates.length !== 1 && rates.length !== count)
  ) {
    throw new CorruptRecordError(`Expected ${count} values in every column of a steps record`);
  }
}

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
  if (!Object.hasOwn(decoders.EVENTS, kind)) {
    return null;
  }
  const event = decoders.EVENTS[kind as JournalEvent['type']](value);
  if (event.type === 'steps') {
    checkSteps(event);
  }
  return event;
}

/** The layout version that a document names, readable even when the rest is of a newer layout. */
export function schemaOf(json: string): number {
  return otherwise(int, 1)(plain(parse(json)).schema);
}

/** The header in the text of `run.json`. */
export function decodeHeader(json: string): Decoded<Header> {
  return decoders.header(parse(json));
}

/** The summary in the text of `history.json`, which keeps it under the key `kresume`. */
export function decodeSummary(json: string): Decoded<Summary> {
  return decoders.summary(plain(parse(json)).kresume);
}

/** All of `history.json`: the summary, and the metrics beside it. */
export function decodeHistory(json: string): {
  summary: Decoded<Summary>;
  history: Record<string, number[]>;
} {
  const { kresume, ...metrics } = plain(parse(json));
  return { summary: decoders.summary(kresume), history: dict(nums)(metrics) };
}

/** The marks in the text of `marks.json`. */
export function decodeMarks(json: string): Marks {
  return decoders.marks(parse(json));
}

/** What the server extension lists. */
export function decodeRows(json: string): Decoded<RunRows> {
  return decoders.runRows(parse(json));
}

/** The folders that the server extension names. */
export function decodeRunFolders(json: string): Decoded<RunFolders> {
  return decoders.runFolders(parse(json));
}

/** What a rule lets go, as the server extension tells. */
export function decodePruning(json: string): Pruning {
  return decoders.pruning(parse(json));
}

/** Whether a file is there, as the server extension tells. */
export function decodeThere(json: string): Decoded<There> {
  return decoders.there(parse(json));
}

/** The bundle in a notebook's output. */
export function decodeBundle(value: unknown): Bundle {
  return decoders.bundle(value);
}

/** The attempt in the text of an `attempt-<n>.json`. */
export function decodeAttempt(json: string): Decoded<Attempt> {
  return decoders.attempt(parse(json));
}

/** The attempts that the server extension found. */
export function decodeFoundAttempts(json: string): Decoded<FoundAttempts> {
  return decoders.foundAttempts(parse(json));
}

/** How a switch "resume by itself" stands. */
export function decodeSwitch(json: string): Decoded<AutoSwitch> {
  return decoders.autoSwitch(parse(json));
}
