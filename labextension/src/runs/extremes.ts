/**
 * Where the extremes of a long column are, block by block: what a chart of a million points is drawn
 * from without looking at each. Exact: a spike of a single step is the highest of its block.
 */

/** Rows in a block: a chart's pixel takes many of them where it matters. */
export const BLOCK = 64;

export class Extremes {
  /** A row for each complete block; -1 where it has none. */
  lows = new Int32Array(64);
  highs = new Int32Array(64);
  /** The first value that cannot be drawn. */
  gaps = new Int32Array(64);
  /** How many blocks are summarised. */
  blocks = 0;
  private version = -1;

  /** Values above `floor` can be drawn; the others, and those that are not finite, are gaps. */
  constructor(readonly floor: number) {}

  /** Take in what was appended; all of it if `version` is another one. */
  cover(values: Float64Array, version: number): void {
    if (version !== this.version) {
      this.version = version;
      this.blocks = 0;
    }
    const wanted = Math.floor(values.length / BLOCK);
    if (wanted > this.lows.length) {
      const room = 2 ** Math.ceil(Math.log2(wanted));
      this.lows = wider(this.lows, room);
      this.highs = wider(this.highs, room);
      this.gaps = wider(this.gaps, room);
    }
    const found = { low: -1, high: -1, gap: -1 };
    for (; this.blocks < wanted; this.blocks++) {
      found.low = found.high = found.gap = -1;
      scan(values, this.blocks * BLOCK, (this.blocks + 1) * BLOCK, this.floor, found);
      this.lows[this.blocks] = found.low;
      this.highs[this.blocks] = found.high;
      this.gaps[this.blocks] = found.gap;
    }
  }
}

/** Rows of the lowest, the highest and the first value that cannot be drawn; -1 for none. */
export interface Found {
  low: number;
  high: number;
  gap: number;
}

/** Carry `found` on over the rows `from` to `to`. */
export function scan(
  values: Float64Array,
  from: number,
  to: number,
  floor: number,
  found: Found
): void {
  let { low, high, gap } = found;
  let lowest = low < 0 ? Infinity : (values[low] ?? NaN);
  let highest = high < 0 ? -Infinity : (values[high] ?? NaN);
  for (let row = from; row < to; row++) {
    const value = values[row] ?? NaN;
    if (!(value > floor) || value === Infinity) {
      gap = gap < 0 ? row : gap;
      continue;
    }
    if (value < lowest) {
      lowest = value;
      low = row;
    }
    if (value > highest) {
      highest = value;
      high = row;
    }
  }
  found.low = low;
  found.high = high;
  found.gap = gap;
}

function wider(array: Int32Array, length: number): Int32Array {
  const grown = new Int32Array(length);
  grown.set(array);
  return grown;
}
