/** Which points of a long line a narrow chart has to draw: pure. */
import type { Extremes, Found } from '../runs/extremes';
import { BLOCK, scan } from '../runs/extremes';

/** A part of a line: its rows `from` to `to`. `x` must not descend. */
export interface Stretch {
  x: Float64Array;
  y: Float64Array;
  from: number;
  to: number;
  /** Values above it can be drawn. */
  floor: number;
  /** What the chart's left and right edge stand for; null for the first and last row. */
  edges: readonly [number, number] | null;
  /** Of `y`, above the same floor, if they are known. */
  extremes: Extremes | null;
}

/**
 * Rows that draw the same picture as all of them on a chart that is `buckets` pixels wide: of every
 * pixel the lowest and the highest point, so that a spike of a single step stays visible, and one
 * that cannot be drawn, so that the gap stays visible too. The last row is always among the answer.
 */
export function downsample(stretch: Stretch, buckets: number): number[] {
  const { x, y, from, edges, floor, extremes } = stretch;
  const to = Math.min(stretch.to, x.length, y.length);
  const length = to - from;
  if (length <= 2 * buckets || buckets < 1) {
    return Array.from({ length: Math.max(0, length) }, (_, row) => from + row);
  }
  const [left, right] = edges ?? [x[from] ?? 0, x[to - 1] ?? 0];
  const width = (right - left) / buckets || 1;
  // A point is drawn in the pixel that is nearest: a bucket reaches half a pixel to either side.
  const start = left - width / 2;
  const rows: number[] = [];
  const found: Found = { low: -1, high: -1, gap: -1 };
  let row = from;
  for (let bucket = 0; bucket <= buckets && row < to; bucket++) {
    const end = bucket === buckets ? to : firstNotBelow(x, start + (bucket + 1) * width, row, to);
    if (end > row) {
      found.low = found.high = found.gap = -1;
      search(y, row, end, floor, extremes, found);
      add(rows, found);
      row = end;
    }
  }
  if (rows[rows.length - 1] !== to - 1) {
    rows.push(to - 1);
  }
  return rows;
}

/** Carry `found` on over the rows, by whole blocks where those are summarised. */
function search(
  y: Float64Array,
  from: number,
  to: number,
  floor: number,
  extremes: Extremes | null,
  found: Found
): void {
  const first = Math.ceil(from / BLOCK);
  const last = Math.min(Math.floor(to / BLOCK), extremes?.blocks ?? 0);
  if (extremes === null || first >= last) {
    scan(y, from, to, floor, found);
    return;
  }
  scan(y, from, first * BLOCK, floor, found);
  for (let block = first; block < last; block++) {
    const low = extremes.lows[block] ?? -1;
    const high = extremes.highs[block] ?? -1;
    const gap = extremes.gaps[block] ?? -1;
    if (low >= 0 && (found.low < 0 || (y[low] ?? NaN) < (y[found.low] ?? NaN))) {
      found.low = low;
    }
    if (high >= 0 && (found.high < 0 || (y[high] ?? NaN) > (y[found.high] ?? NaN))) {
      found.high = high;
    }
    found.gap = found.gap < 0 ? gap : found.gap;
  }
  scan(y, last * BLOCK, to, floor, found);
}

/** What was found, each row once and in order. */
function add(rows: number[], { low, high, gap }: Found): void {
  const [first, second] = low <= high ? [low, high] : [high, low];
  const three = gap < first ? [gap, first, second] : [first, gap, second];
  if (gap > second) {
    three.splice(0, 3, first, second, gap);
  }
  for (const row of three) {
    if (row >= 0 && row !== rows[rows.length - 1]) {
      rows.push(row);
    }
  }
}

/** Index of the first of ascending values, from `low` on, that is not below `x`; else `high`. */
function firstNotBelow(values: Float64Array, x: number, low: number, high: number): number {
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) < x) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
