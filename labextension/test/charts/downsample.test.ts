import assert from 'node:assert/strict';
import { test } from 'node:test';

import { downsample as rowsOf } from '../../src/charts/downsample';
import { Extremes } from '../../src/runs/extremes';

const count = 1_000_000;
const x = Float64Array.from({ length: count }, (_, row) => row / 1000);

/** Of a whole line. */
function downsample(
  x: Float64Array,
  y: Float64Array,
  buckets: number,
  floor = -Infinity,
  extremes: Extremes | null = null
): number[] {
  return rowsOf({ x, y, from: 0, to: x.length, edges: null, floor, extremes }, buckets);
}

test('a spike of one step in a million stays visible', () => {
  const y = new Float64Array(count).fill(1);
  y[123_456] = 50;
  y[654_321] = -50;
  const rows = downsample(x, y, 600);
  assert.ok(rows.includes(123_456) && rows.includes(654_321));
  assert.ok(rows.length <= 3 * 600 + 1, `${rows.length} rows`);
});

test('a single value that is not a number stays a gap', () => {
  const y = new Float64Array(count).fill(1);
  y[5000] = NaN;
  y[6000] = Infinity;
  const rows = downsample(x, y, 600);
  assert.ok(rows.includes(5000) || rows.includes(6000));
});

test('rows ascend, each once, up to the last', () => {
  const y = Float64Array.from({ length: count }, (_, row) => Math.sin(row / 777));
  const rows = downsample(x, y, 300);
  assert.ok(rows.every((row, at) => at === 0 || row > (rows[at - 1] ?? 0)));
  assert.equal(rows[rows.length - 1], count - 1);
});

test('few points are all drawn', () => {
  assert.deepEqual(downsample(x.subarray(0, 4), new Float64Array(4), 600), [0, 1, 2, 3]);
  assert.deepEqual(downsample(new Float64Array(0), new Float64Array(0), 600), []);
});

test('points at one place, and a line of no number at all, do no harm', () => {
  assert.ok(downsample(new Float64Array(5000), new Float64Array(5000), 100).length > 0);
  assert.ok(downsample(x, new Float64Array(count).fill(NaN), 100).length >= 100);
});

for (const floor of [-Infinity, 0]) {
  test(`block by block the same rows are found as one by one, above ${floor}`, () => {
    const y = Float64Array.from({ length: count }, (_, row) => Math.sin(row * row));
    y[500_000] = NaN;
    y.fill(Infinity, 700_000, 710_000);
    const extremes = new Extremes(floor);
    extremes.cover(y.subarray(0, 300_001), 0);
    extremes.cover(y, 0);
    assert.deepEqual(downsample(x, y, 613, floor, extremes), downsample(x, y, 613, floor));
    const part = { x, y, from: 123_457, to: 900_001, edges: [123.4, 899.9] as const, floor };
    assert.deepEqual(rowsOf({ ...part, extremes }, 500), rowsOf({ ...part, extremes: null }, 500));
  });
}

test('blocks of values that were replaced are looked at again', () => {
  const y = new Float64Array(1000).fill(1);
  const extremes = new Extremes(-Infinity);
  extremes.cover(y, 0);
  y[100] = 7;
  extremes.cover(y, 1);
  assert.equal(extremes.highs[1], 100);
});
