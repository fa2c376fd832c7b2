/**
 * Which way a metric is better, and which of its values is best: the twin of `run/metric_direction.py`.
 *
 * Training decides the direction and stores it. The rule by name is for runs of older versions.
 */
import type { Checkpoint, Direction, Summary } from '../protocol';
import type { Decoded } from './values';

const UP =
  /(^|_)(acc|accuracy|auc|precision|recall|sensitivity|specificity|f1|f1_score|fbeta|fbeta_score|f_score|iou|io_u|dice|similarity|correlation|r2|r2_score|psnr|ssim|bleu|true_positives|true_negatives)$/;
const DOWN = /loss|error|mse|mae|msle|mape|entropy|divergence|hinge|perplexity/;
const DOWN_END = /(^|_)(poisson|logcosh|log_cosh|nll|wer|cer|false_(posi|nega)tives)$/;

/** What Keras adds to the name of a second metric of its kind. */
const COUNTED = /_\d+$/;

type Valued = Pick<Decoded<Checkpoint>, 'monitor' | 'value' | 'mode' | 'position'>;

/** As far as the name of a log tells; null if it does not. */
export function directionByName(name: string): Direction | null {
  const plain = name.replace(/^val_/, '').toLowerCase().replace(COUNTED, '');
  if (UP.test(plain)) {
    return 'max';
  }
  return DOWN.test(plain) || DOWN_END.test(plain) ? 'min' : null;
}

/** Which way to show a log: as stored, else by its name, else more is better. */
export function directionOf(name: string, stored: Direction | null): Direction {
  return stored ?? directionByName(name) ?? 'max';
}

/** What a run says of a log; null of an older version. */
export function storedDirection(
  name: string,
  { directions, checkpoints }: Pick<Decoded<Summary>, 'directions' | 'checkpoints'>
): Direction | null {
  const known = Object.hasOwn(directions, name) ? directions[name] : undefined;
  return known ?? checkpointsDirection(name, checkpoints);
}

/** What a run's checkpoints, oldest first, say of the log that they were valued by. */
export function checkpointsDirection(
  name: string,
  checkpoints: readonly Valued[]
): Direction | null {
  for (let index = checkpoints.length - 1; index >= 0; index--) {
    const one = checkpoints[index];
    if (one?.monitor === name && one.mode !== null) {
      return one.mode;
    }
  }
  return null;
}

/**
 * Index of the best value, the earliest of equals; -1 if none is a number. An infinity is never better
 * than a finite value.
 */
export function bestIndex(values: ArrayLike<number>, mode: Direction): number {
  const finite = bestOfThose(values, mode, Number.isFinite);
  return finite >= 0 ? finite : bestOfThose(values, mode, value => !Number.isNaN(value));
}

function bestOfThose(
  values: ArrayLike<number>,
  mode: Direction,
  counts: (value: number) => boolean
): number {
  let found = -1;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? NaN;
    if (counts(value) && (found < 0 || isBetter(value, values[found] ?? NaN, mode))) {
      found = index;
    }
  }
  return found;
}

/** Whether a value is better than another. */
export function isBetter(value: number, other: number, mode: Direction): boolean {
  return mode === 'min' ? value < other : value > other;
}

/**
 * The checkpoint at an epoch's end with the best value, of equal ones the earlier; of those valued by
 * the same log as the newest. Null if there is none.
 */
export function bestCheckpoint<One extends Valued>(
  checkpoints: readonly One[],
  directions: Record<string, Direction>
): One | null {
  const valued = checkpoints.filter(
    ({ value, position }) => position.batch === 0 && value !== null && Number.isFinite(value)
  );
  const monitor = valued[valued.length - 1]?.monitor ?? null;
  const among = valued.filter(one => one.monitor === monitor);
  const name = monitor ?? '';
  const said =
    checkpointsDirection(name, among) ??
    (Object.hasOwn(directions, name) ? (directions[name] ?? null) : null);
  const values = among.map(({ value }) => value ?? NaN);
  return among[bestIndex(values, directionOf(name, said))] ?? null;
}
