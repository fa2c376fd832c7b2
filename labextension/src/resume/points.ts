/** What else a stopped run can go on from, read when a person asks for it. */
import type { Finding, JournalEvent, Point } from '../protocol';
import { FILES } from '../protocol';
import { decodeHistory } from '../runs/codec';
import type { RunFiles } from '../runs/files';
import type { RunState } from '../runs/fold';
import { joinPath } from '../runs/location';
import { MissingFileError } from '../runs/tail';
import type { Decoded } from '../runs/values';
import { JOURNAL_END, lastEvents } from './candidates';

/** The other choices of a stopped run. */
export interface Others {
  /** Newest first, the newest of all included. */
  points: Decoded<Point>[];
  /** What the last resume had to say of each piece of state; empty if there was none. */
  findings: Finding[];
}

/** Read the losses at each kept checkpoint, and the last resume's report. */
export async function readOthers(
  folder: string,
  state: RunState,
  files: RunFiles
): Promise<Others> {
  const epochs = await readEpochs(folder, files);
  const events = lastEvents(await files.end(joinPath(folder, FILES.journal), JOURNAL_END));
  return {
    points: pointsOf(state.checkpoints, epochs, events),
    findings: events.reduce<Finding[]>(
      (found, event) =>
        event.type === 'start'
          ? event.findings
          : event.type === 'verified'
            ? [...found, event.finding]
            : found,
      []
    )
  };
}

/** Each checkpoint with its losses: the epoch's, or those of the step within one. */
export function pointsOf(
  checkpoints: RunState['checkpoints'],
  epochs: ReadonlyMap<number, Record<string, number>>,
  events: readonly Decoded<JournalEvent>[]
): Decoded<Point>[] {
  return [...checkpoints].reverse().map(({ file, position, time }) => ({
    checkpoint: file,
    position,
    logs: (position.batch === 0 ? epochs.get(position.epoch) : atStep(position.step, events)) ?? {},
    time
  }));
}

/** The last record of a step counts: those before it were undone by a kernel's death. */
function atStep(
  step: number,
  events: readonly Decoded<JournalEvent>[]
): Record<string, number> | null {
  let found: Record<string, number> | null = null;
  for (const event of events) {
    if (event.type === 'steps' && event.step <= step && step < event.step + event.count) {
      const at = step - event.step;
      found = Object.fromEntries(
        Object.entries(event.logs).map(([name, values]) => [name, values[at] ?? NaN])
      );
    }
  }
  return found;
}

async function readEpochs(
  folder: string,
  files: RunFiles
): Promise<Map<number, Record<string, number>>> {
  let json: string;
  try {
    json = await files.text(joinPath(folder, FILES.history));
  } catch (error) {
    if (error instanceof MissingFileError) {
      return new Map(); // Killed in its first second.
    }
    throw error;
  }
  const { summary, history } = decodeHistory(json);
  const columns = Object.entries(history);
  return new Map(
    summary.epoch.map((epoch, row) => [
      epoch,
      Object.fromEntries(
        columns.flatMap(([name, values]) => {
          const value = values[row];
          return value === undefined ? [] : [[name, value]];
        })
      )
    ])
  );
}
