/** How far a run is and how long it will take: pure. */
import { TimedState } from '../runs/clock';
import type { RunState } from '../runs/fold';

export interface Progress {
  /** Share of all batches that is done, 0 to 1. */
  share: number;
  /** Seconds of training so far, over all processes; pauses and dead time are none. */
  elapsed: number;
  /** Steps per second lately; null before it can be told. */
  rate: number | null;
  /** Seconds to go, validation included; null before it can be told. */
  left: number | null;
}

/**
 * The progress of a run.
 *
 * @param since - Seconds since its journal last grew, while a process trains.
 */
export function progressOf(state: RunState, since = 0): Progress {
  const { position, epochs, batches } = state;
  const done = position.epoch + (batches > 0 ? position.batch / batches : 0);
  const share = epochs > 0 ? Math.min(1, done / epochs) : 0;
  const waited = state.paused ? 0 : since;
  const told = state.started ? state.before + Math.max(0, state.updated - state.began) : 0;
  const pace = state instanceof TimedState ? state.clock.pace() : null;
  let left: number | null = null;
  if (pace !== null && batches > 0) {
    const steps = Math.max(0, epochs * batches - position.epoch * batches - position.batch);
    const ends = Math.max(0, epochs - position.epoch);
    left = Math.max(0, steps / pace.rate + ends * pace.closing - waited);
  }
  return { share, elapsed: Math.max(0, told) + waited, rate: pace?.rate ?? null, left };
}
