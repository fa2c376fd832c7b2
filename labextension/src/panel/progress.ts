/** How far a run is and how long it will take: pure. */
import type { RunState } from '../runs/fold';

export interface Progress {
  /** Share of all batches that is done, 0 to 1. */
  share: number;
  /** Seconds of training so far, over all processes. */
  elapsed: number;
  /** Steps per second lately; null before it can be told. */
  rate: number | null;
  /** Seconds to go, validation included; null before it can be told. */
  left: number | null;
}

/** A step's number and when it was heard of. */
export interface Sighting {
  time: number;
  step: number;
}

/** Seconds that "lately" means. */
const WINDOW = 10;

/** Sightings of steps, oldest first, that are recent enough to tell the rate from. */
export function recent(sightings: readonly Sighting[], newest: Sighting): Sighting[] {
  const last = sightings[sightings.length - 1];
  if (last?.step === newest.step) {
    return [...sightings];
  }
  const same =
    last === undefined || (newest.step > last.step && newest.time >= last.time) ? sightings : [];
  return [
    ...same.filter((one, index) => newest.time - one.time <= WINDOW || index === same.length - 1),
    newest
  ];
}

/** The progress of a run, whose steps were lately seen at `sightings`. */
export function progressOf(state: RunState, sightings: readonly Sighting[]): Progress {
  const { position, epochs, batches, rows } = state;
  const done = position.epoch + (batches > 0 ? position.batch / batches : 0);
  const share = epochs > 0 ? Math.min(1, done / epochs) : 0;
  const elapsed = state.started ? state.before + Math.max(0, state.updated - state.began) : 0;
  const since = sightings.filter(({ time }) => time >= state.began);
  const first = since[0];
  const last = since[since.length - 1];
  const rate =
    first !== undefined && last !== undefined && last.time > first.time
      ? (last.step - first.step) / (last.time - first.time)
      : null;
  // Whole epochs by this process tell best, because they include validation.
  const whole = rows
    .filter(row => !row.inherited && row.time - row.seconds >= state.began - 1)
    .slice(-5);
  let left: number | null = null;
  if (whole.length > 0) {
    left =
      Math.max(0, epochs - done) *
      (whole.reduce((sum, row) => sum + row.seconds, 0) / whole.length);
  } else if (rate !== null && rate > 0 && batches > 0) {
    left = (Math.max(0, epochs - done) * batches) / rate;
  }
  return { share, elapsed, rate, left };
}
