/** A moving average that shows the trend of a noisy line: pure. */

/** With more points than this a chart cannot show each, and an average over so few would do nothing. */
const DENSE = 1000;

/** An average that reaches back over more of a line than this lags visibly behind it. */
const REACH = 1 / 20;

/**
 * The weight of the past to smooth a line of `points` with. What was chosen holds per point; on a
 * line with more than 1000 points per thousandth of it, so that a million steps look as smooth as a
 * thousand; and on a short one it is less: twenty epochs are not smoothed at all.
 */
export function weightFor(chosen: number, points: number): number {
  if (chosen <= 0) {
    return 0;
  }
  const dense = chosen ** Math.min(1, DENSE / Math.max(1, points));
  return Math.min(dense, Math.max(0, 1 - 1 / (REACH * Math.max(1, points))));
}

/**
 * Exponential moving average, its bias towards the first value corrected as Adam does it
 * (Kingma and Ba 2015, §3). `weight` is that of the past, 0 to below 1.
 * A value that is not finite stays what it is and leaves the average alone.
 */
export function smoothed(values: Float64Array, weight: number): Float64Array {
  const average = new Float64Array(values.length);
  let sum = 0;
  let total = 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? NaN;
    if (Number.isFinite(value)) {
      sum = weight * sum + (1 - weight) * value;
      total = weight * total + (1 - weight);
      average[row] = sum / total;
    } else {
      average[row] = value;
    }
  }
  return average;
}
