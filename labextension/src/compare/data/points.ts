/** Which checkpoint belongs to a point of a curve: pure. */
import type { Checkpoint } from '../../protocol';
import type { Decoded } from '../../runs/values';
import type { ComparedRun } from './labels';
import { parentsOf } from './lineage';

/** A point that something can be done from. */
export interface ChosenPoint {
  /** The run whose curve it is, or the one that its epoch was copied from. */
  run: ComparedRun;
  epoch: number;
  /** The kept checkpoint at that epoch or else the one before it, or the first after; null if none is kept. */
  checkpoint: Decoded<Checkpoint> | null;
}

/** The point of `key`'s curve at that epoch. */
export function pointOf(
  runs: readonly ComparedRun[],
  key: string,
  epoch: number
): ChosenPoint | null {
  const parents = parentsOf(runs);
  let run = runs.find(one => one.key === key);
  while (run !== undefined && run.summary !== null) {
    const copied = run.summary.epoch.indexOf(epoch) < run.summary.inherited;
    const above = parents.get(run.key) ?? null;
    const parent = copied && above !== null ? runs.find(one => one.key === above) : undefined;
    if (parent === undefined) {
      break;
    }
    run = parent;
  }
  const summary = run?.summary ?? null;
  if (run === undefined || summary === null) {
    return null;
  }
  const { checkpoints } = summary;
  const before = checkpoints.filter(({ position }) => position.epoch <= epoch);
  // Of those at the same epoch, the one at its end.
  const exact = before.find(({ position }) => position.epoch === epoch && position.batch === 0);
  return { run, epoch, checkpoint: exact ?? before.at(-1) ?? checkpoints[0] ?? null };
}
