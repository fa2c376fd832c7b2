/** Which points of a long line a narrow chart has to draw: pure. */

/**
 * Rows that draw the same picture as all of them on a chart that is `buckets` pixels wide: of every
 * pixel the lowest and the highest point, so that a spike of a single step stays visible, and one
 * that is not a number, so that the gap stays visible too.
 *
 * `x` must not descend. The last row is always among the answer.
 */
export function downsample(x: Float64Array, y: Float64Array, buckets: number): number[] {
  const length = Math.min(x.length, y.length);
  if (length <= 2 * buckets || buckets < 1) {
    return Array.from({ length }, (_, row) => row);
  }
  const start = x[0] ?? 0;
  const width = ((x[length - 1] ?? 0) - start) / buckets || 1;
  const rows: number[] = [];
  let row = 0;
  for (let bucket = 0; bucket < buckets && row < length; bucket++) {
    const end = start + (bucket + 1) * width;
    let low = -1;
    let high = -1;
    let gap = -1;
    let lowest = Infinity;
    let highest = -Infinity;
    while (row < length && ((x[row] ?? 0) < end || bucket === buckets - 1)) {
      const value = y[row] ?? NaN;
      gap = Number.isFinite(value) ? gap : row;
      if (value < lowest && value > -Infinity) {
        lowest = value;
        low = row;
      }
      if (value > highest && value < Infinity) {
        highest = value;
        high = row;
      }
      row++;
    }
    const kept = new Set([low, high, gap].filter(one => one >= 0));
    rows.push(...[...kept].sort((a, b) => a - b));
  }
  if (rows[rows.length - 1] !== length - 1) {
    rows.push(length - 1);
  }
  return rows;
}
