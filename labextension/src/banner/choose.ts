/** Which run of a notebook, if any, its banner offers to resume: pure. */
import type { Header } from '../protocol';
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
}

/** A run belongs to the notebook that holds its training cell, or that it names if it has no cell. */
export function belongs(
  header: Decoded<Header>,
  cellIds: ReadonlySet<string>,
  notebook: string
): boolean {
  const id = header.cell?.id ?? null;
  return id === null ? header.notebook === notebook : cellIds.has(id);
}

/** Of each training cell only the newest run counts: it replaced the others. */
export function newestOfEach(candidates: readonly Candidate[]): Candidate[] {
  const newest = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const key = kin(candidate);
    const known = newest.get(key);
    if (known === undefined || candidate.header.created > known.header.created) {
      newest.set(key, candidate);
    }
  }
  return [...newest.values()];
}

/** The newest run of the same training cell: what begins a run of its own says that it knew it. */
export function newestKin(candidate: Candidate, all: readonly Candidate[]): Candidate {
  const kindred = all.filter(other => kin(other) === kin(candidate));
  return newestOfEach([candidate, ...kindred])[0] ?? candidate;
}

function kin({ header }: Candidate): string {
  return `${header.cell?.id ?? ''}\n${header.base}`;
}

/** The run that stopped last of those that nothing is behind any more. */
export function offered(candidates: readonly Candidate[]): Candidate | null {
  const stopped = newestOfEach(candidates).filter(candidate =>
    candidate.state.status === 'running'
      ? candidate.life === 'dead'
      : candidate.state.status !== 'finished' && !candidate.writerRemains
  );
  return stopped.sort((a, b) => b.state.updated - a.state.updated)[0] ?? null;
}

/** Whether a run of the notebook may be under way, so that its heart must be listened to. */
export function anyRunning(candidates: readonly Candidate[]): boolean {
  return candidates.some(({ state, life }) => state.status === 'running' && life !== 'dead');
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
