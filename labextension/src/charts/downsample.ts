/** Which points of a long line a narrow chart has to draw: pure. */

/**
 * Rows that draw the same picture as all of them on a chart that is `buckets` pixels wide: of every
 * pixel the lowest and the highest point, so that a spike of a single step stays visible. A pixel
 * that has no number at all keeps one row, so that the gap stays visible too.
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
    const first = row;
    let low = -1;
    let high = -1;
    let lowest = Infinity;
    let highest = -Infinity;
    while (row < length && ((x[row] ?? 0) < end || bucket === buckets - 1)) {
      const value = y[row] ?? NaN;
      if (value < lowest) {
        lowest = value;
        low = row;
      }
      if (value > highest) {
        highest = value;
        high = row;
      }
      row++;
    }
    if (row === first) {
      continue;
    }
    if (low < 0 || high < 0) {
      rows.push(first);
    } else if (low === high) {
      rows.push(low);
    } else {
      rows.push(Math.min(low, high), Math.max(low, high));
    }
  }
  if (rows[rows.length - 1] !== length - 1) {
    rows.push(length - 1);
  }
  return rows;
}
