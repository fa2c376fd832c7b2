/** What a chart of a comparison draws of its curves, and which point is under the pointer: pure. */
import type { Range } from '../../charts/axis';
import { firstAbove } from '../../charts/axis';
import { downsample } from '../../charts/downsample';
import { smoothed, weightFor } from '../../charts/smoothing';
import type { Curve } from './curves';
import { Remembered } from './remembered';

/**
 * What is asked of every curve again whenever one of fifty is switched: then only those that come
 * have to be gone through, and a frame is enough.
 */
const averages = new Remembered<Float64Array>();
const points = new Remembered<Points>();
const heights = new Remembered<Range>();
const undrawn = new Remembered<Undrawable>();

/** A curve as it is to be drawn. */
export interface Drawn {
  curve: Curve;
  /** What is drawn in full: the values, their average, or the best so far. */
  y: Float64Array;
  /** The values behind an average or a best; null if they are drawn themselves. */
  faint: Float64Array | null;
  /** Whether `y` holds until the next point rather than moves towards it. */
  stepped: boolean;
  /** Point that it is drawn from: a child's last epoch that is its parent's, too. */
  from: number;
}

export interface Way {
  /** Weight of the past; 0 for none. */
  smoothing: number;
  best: boolean;
  /** Keys of the runs whose parent is drawn, too. */
  forks: ReadonlySet<string>;
}

export function drawnOf(curves: readonly Curve[], { smoothing, best, forks }: Way): Drawn[] {
  return curves.map((curve): Drawn => {
    const from = forks.has(curve.key) ? Math.max(0, curve.inherited - 1) : 0;
    if (best) {
      return { curve, y: curve.best, faint: curve.y, stepped: true, from };
    }
    const weight = weightFor(smoothing, curve.y.length);
    return weight > 0
      ? {
          curve,
          y: averages.of(curve.y, [weight], () => smoothed(curve.y, weight)),
          faint: curve.y,
          stepped: false,
          from
        }
      : { curve, y: curve.y, faint: null, stepped: false, from };
  });
}

/** Points of a line from left to right, NaN where it breaks; what a plot of that width can show. */
export interface Points {
  x: Float64Array;
  y: Float64Array;
}

/** One more on either side than in `range`: the line goes on beyond the edge. */
export function pointsIn(
  x: Float64Array,
  y: Float64Array,
  first: number,
  range: Range,
  width: number,
  floor: number
): Points {
  const from = Math.max(first, firstAbove(x, range[0]) - 1);
  const to = Math.min(x.length, firstAbove(x, range[1]) + 1);
  return points.of(y, [from, to, ...range, width, floor], () => {
    const stretch = { x, y, from, to, edges: range, floor, extremes: null };
    const rows = downsample(stretch, width);
    return {
      x: Float64Array.from(rows, row => x[row] ?? NaN),
      y: Float64Array.from(rows, row => {
        const value = y[row] ?? NaN;
        return value > floor && value < Infinity ? value : NaN;
      })
    };
  });
}

/** A share of the x axis beyond the last point, so that its mark is whole. */
const MARGIN = 0.012;

/** From where training began, or shortly before the first point of all curves, to after the last. */
export function extentOf(curves: Iterable<Curve>): Range {
  let [from, to] = [Infinity, -Infinity];
  for (const { x } of curves) {
    from = Math.min(from, x[0] ?? Infinity);
    to = Math.max(to, x[x.length - 1] ?? -Infinity);
  }
  if (!(from <= to)) {
    return [0, 1];
  }
  const start = from <= 1 || from < (to - from) / 4 ? Math.min(0, from) : from;
  const end = to > start ? to : start + 1;
  return [start, end + MARGIN * (end - start)];
}

/** Lowest and highest value that can be drawn within `range`; null if there is none. */
export function heightOf(drawn: readonly Drawn[], range: Range, floor: number): Range | null {
  let [low, high] = [Infinity, -Infinity];
  for (const { curve, y, faint, from } of drawn) {
    const first = Math.max(from, firstAbove(curve.x, range[0]) - 1);
    const last = Math.min(curve.x.length, firstAbove(curve.x, range[1]) + 1);
    for (const values of faint === null ? [y] : [y, faint]) {
      const [least, most] = heights.of(values, [first, last, floor], () =>
        heightIn(values, first, last, floor)
      );
      low = Math.min(low, least);
      high = Math.max(high, most);
    }
  }
  return low <= high ? [low, high] : null;
}

/** Lowest and highest of those rows; Infinity and -Infinity if none can be drawn. */
function heightIn(values: Float64Array, first: number, last: number, floor: number): Range {
  let [low, high] = [Infinity, -Infinity];
  for (let row = first; row < last; row++) {
    const value = values[row] ?? NaN;
    if (value > floor && value < Infinity) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return [low, high];
}

export interface Undrawable {
  /** Values that are no finite numbers. */
  gaps: number;
  /** Values that are not above zero on a log scale. */
  low: number;
}

/** How many of the values cannot be drawn. */
export function undrawable(drawn: readonly Drawn[], floor: number): Undrawable {
  let [gaps, low] = [0, 0];
  for (const { curve } of drawn) {
    const of = undrawn.of(curve.y, [floor], () => undrawableIn(curve.y, floor));
    gaps += of.gaps;
    low += of.low;
  }
  return { gaps, low };
}

function undrawableIn(values: Float64Array, floor: number): Undrawable {
  let [gaps, low] = [0, 0];
  for (const value of values) {
    if (value - value !== 0) {
      gaps++;
    } else if (value <= floor) {
      low++;
    }
  }
  return { gaps, low };
}

/** A point of a run's curve: its place in the curve. */
export interface At {
  key: string;
  row: number;
}

/** The point of `drawn` that is closest to `x`; -1 if it has none. */
export function rowAt({ curve, from }: Drawn, x: number): number {
  const above = firstAbove(curve.x, x);
  const below = above - 1;
  if (below < from) {
    return above < curve.x.length ? Math.max(above, from) : below >= 0 ? below : -1;
  }
  const next = curve.x[above];
  return next !== undefined && next - x < x - (curve.x[below] ?? 0) ? above : below;
}

/**
 * The point of all curves that is closest to the pointer, which is at `x` and so many pixels down;
 * `down` says how many a value is. Only curves that reach so far are asked.
 */
export function closest(
  drawn: readonly Drawn[],
  x: number,
  pixels: number,
  down: (value: number) => number
): At | null {
  let best: At | null = null;
  let least = Infinity;
  for (const one of drawn) {
    const { curve, y } = one;
    const row = rowAt(one, x);
    const distance = Math.abs(down(y[row] ?? NaN) - pixels);
    const last = curve.x[curve.x.length - 1] ?? -Infinity;
    // One that ended earlier is only meant where no other is.
    const penalty = x > last ? 1e4 : 0;
    if (row >= 0 && distance + penalty < least) {
      least = distance + penalty;
      best = { key: curve.key, row };
    }
  }
  return best;
}
