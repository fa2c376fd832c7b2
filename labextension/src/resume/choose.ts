/** Which run of a notebook, if any, its banner offers to resume: pure. */
import type { Header } from '../protocol';
import type { Found } from '../runs/ownership';
import type { Decoded } from '../runs/values';
import type { RunState } from '../runs/fold';
import type { Liveness } from '../runs/liveness';

/** A run of the notebook as its folder tells it. */
export interface Candidate {
  folder: string;
  header: Decoded<Header>;
  state: RunState;
  life: Liveness;
  /** The process that wrote it may still hold its model. */
  writerRemains: boolean;
  /** It finished, and its process ended before the cell that called `fit` did. */
  brokeOff: boolean;
  /** The notebook's training cell; null if it is not there any more, or the run has none. */
  cell: Found | null;
}

/** Reason of a run whose process was told to end, by SIGTERM. */
const TERMINATED = 'terminated';

/** Those that are the notebook's for sure; one that only its cell's place speaks for yields to them. */
export function sure(candidates: readonly Candidate[]): Candidate[] {
  const known = new Set(candidates.filter(({ cell }) => cell?.sure === true).map(kin));
  return candidates.filter(one => one.cell?.sure !== false || !known.has(kin(one)));
}

/**
 * Of each training cell and name the runs of its newest execution, of each call the newest: what the
 * kernel would look at if the cell was executed again (`kresume_nb/run/calls.py`).
 */
export function present(candidates: readonly Candidate[]): Candidate[] {
  const found = new Map<string, Candidate>();
  const newest = new Map<string, Candidate>();
  const byStart = [...candidates].sort((a, b) => started(a) - started(b));
  for (const candidate of byStart) {
    newest.set(kin(candidate), candidate);
  }
  for (const candidate of byStart) {
    const last = newest.get(kin(candidate));
    if (last !== undefined && execution(last) === execution(candidate)) {
      found.set(`${kin(candidate)}\n${candidate.header.call}`, candidate);
    }
  }
  return [...found.values()];
}

/** The newest run of the same call: what begins a run of its own says that it knew it. */
export function newestKin(candidate: Candidate, all: readonly Candidate[]): Candidate {
  const { call } = candidate.header;
  const kindred = all.filter(other => kin(other) === kin(candidate) && other.header.call === call);
  return [candidate, ...kindred].reduce((newest, other) =>
    other.header.created > newest.header.created ? other : newest
  );
}

/** Which of its cell's trainings a run is, from one; 0 if it is the only one. */
export function ordinal(candidate: Candidate, all: readonly Candidate[]): number {
  const { header, cell } = candidate;
  const calls = new Map<string, number>([[callOf(header), header.created]]);
  for (const other of all) {
    if (other.cell?.place === cell?.place && execution(other) === execution(candidate)) {
      const call = callOf(other.header);
      calls.set(call, Math.min(other.header.created, calls.get(call) ?? Infinity));
    }
  }
  const own = calls.get(callOf(header)) ?? 0;
  const before = [...calls.values()].filter(created => created < own).length;
  const number = Math.max(before + 1, header.call); // Not all may have been read.
  return number === 1 && calls.size === 1 ? 0 : number;
}

function callOf({ base, call }: Candidate['header']): string {
  return `${base}\n${call}`;
}

function kin({ cell, header }: Candidate): string {
  return `${cell?.place ?? header.cell?.id ?? ''}\n${header.base}`;
}

function started({ header }: Candidate): number {
  return header.writer.started;
}

/** Runs of an older version, which named none, are each an execution of their own. */
function execution({ header }: Candidate): string {
  return header.execution || `run ${header.name}`;
}

/** The run that stopped last of those that nothing is behind any more. */
export function offered(candidates: readonly Candidate[]): Candidate | null {
  const found = present(candidates);
  const stopped = found.filter(isStopped);
  const places = new Set(stopped.map(({ cell }) => cell?.place));
  const broke = found.filter(
    one => one.brokeOff && one.cell !== null && !places.has(one.cell.place) && isLast(one, found)
  );
  return [...stopped, ...broke].sort((a, b) => b.state.updated - a.state.updated)[0] ?? null;
}

function isStopped({ state, life, writerRemains }: Candidate): boolean {
  return state.status === 'running'
    ? life === 'dead'
    : state.status !== 'finished' && !writerRemains;
}

/** Whether its cell has trained nothing since, under whatever name. */
function isLast(candidate: Candidate, all: readonly Candidate[]): boolean {
  return all.every(
    other => other.cell?.place !== candidate.cell?.place || started(other) <= started(candidate)
  );
}

/** Seconds within which a process that was told to end is expected to. */
const ENDING = 60;

/**
 * Whether a run of the notebook may be under way, so that its heart must be listened to; or its process
 * is about to end, of which not every server tells the page. `now`: in seconds.
 */
export function anyRunning(candidates: readonly Candidate[], now: number): boolean {
  return candidates.some(({ state, life, writerRemains }) =>
    state.status === 'running'
      ? life !== 'dead'
      : writerRemains && state.reason === TERMINATED && now - state.updated < ENDING
  );
}

/** Runs that are laid side by side from the banner, the newest. */
const MOST_COMPARED = 8;

/** The folders of a run and of the newest others of its notebook. */
export function withEarlier(folder: string, all: readonly Candidate[]): string[] {
  const others = all.filter(other => other.folder !== folder);
  return others
    .sort((a, b) => b.header.created - a.header.created)
    .slice(0, MOST_COMPARED - 1)
    .map(other => other.folder)
    .concat(folder);
}
