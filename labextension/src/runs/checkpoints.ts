/** Which of a run's checkpoints is meant: pure. */
import type { Checkpoint } from '../protocol';
import type { RunState } from './fold';
import type { Decoded } from './values';

/** The checkpoint that a resume goes on from: the newest. */
export function newestCheckpoint(state: RunState): Decoded<Checkpoint> | null {
  return state.checkpoints[state.checkpoints.length - 1] ?? null;
}
