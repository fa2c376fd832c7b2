/** Whether a process is still behind a run that its files call running: a pure decision. */
import type { Status } from '../protocol';

/** The heartbeat is touched every 2 s; one that stands still for this long has lost its process. */
export const HEARTBEAT_LIMIT = 10;

export type Liveness = 'alive' | 'dead' | 'unknown';

export interface Signs {
  status: Status;
  /** Kernel that writes the run, if it is one. */
  writerKernel: string | null;
  /** When that process took the run up, in the server's clock (seconds). */
  writerStarted: number;
  /** When the page last saw that kernel restart, in the server's clock; null if it did not. */
  restarted: number | null;
  /** Seconds since the heartbeat, in the server's clock; null if there is none to be read. */
  heartbeatAge: number | null;
}

/** A run that is not running has no process; of one that is, the surest sign decides. */
export function liveness(signs: Signs): Liveness {
  if (signs.status !== 'running') {
    return 'dead';
  }
  if (
    signs.writerKernel !== null &&
    signs.restarted !== null &&
    signs.restarted > signs.writerStarted
  ) {
    return 'dead';
  }
  if (signs.heartbeatAge === null) {
    return 'unknown';
  }
  return signs.heartbeatAge > HEARTBEAT_LIMIT ? 'dead' : 'alive';
}

/**
 * Whether the process that wrote a run may still hold its model: then an interrupted run is the
 * user's to go on with, and nothing needs to be offered.
 */
export function writerRemains(
  writer: { kernel: string | null; started: number },
  sessionKernel: string | null,
  restarted: number | null
): boolean {
  const since = restarted !== null && restarted > writer.started;
  return writer.kernel !== null && writer.kernel === sessionKernel && !since;
}

/** The process that took the run up last: `run.json` names it before the journal does. */
export function newestWriter<One extends { started: number }, Other extends One | null>(
  journal: One | null,
  header: Other
): One | Other {
  return journal === null || (header !== null && header.started > journal.started)
    ? header
    : journal;
}
