import assert from 'node:assert/strict';
import { test } from 'node:test';

import { smoothed, weightFor } from '../../src/charts/smoothing';

test('a constant line stays what it is from the first value on', () => {
  for (const value of smoothed(new Float64Array(50).fill(3), 0.9)) {
    assert.ok(Math.abs(value - 3) < 1e-12);
  }
});

test('each value is the weighted mean of those up to it', () => {
  const [first, second, third] = smoothed(Float64Array.of(1, 0, 4), 0.5);
  assert.equal(first, 1);
  assert.equal(second, (0.5 * 1 + 0) / 1.5);
  assert.equal(third, (0.25 * 1 + 4) / 1.75);
});

test('values that are not finite stay and do not spoil what follows', () => {
  const [, gap, after, most, end] = smoothed(Float64Array.of(2, NaN, 2, Infinity, 2), 0.9);
  assert.ok(Number.isNaN(gap));
  assert.equal(most, Infinity);
  assert.deepEqual([after, end], [2, 2]);
});

test('a million noisy steps become as smooth as a thousand', () => {
  const noise = Float64Array.from({ length: 1_000_000 }, (_, row) => (row % 2 === 0 ? 1 : -1));
  const average = smoothed(noise, weightFor(0.9, noise.length));
  assert.ok(average.subarray(100_000).every(value => Math.abs(value) < 1e-3));
});

test('the average of a short line does not lag behind it', () => {
  assert.equal(weightFor(0.9, 1), 0);
  assert.equal(weightFor(0.9, 20), 0);
  assert.equal(weightFor(0.9, 40), 0.5);
  assert.equal(weightFor(0.9, 500), 0.9);
});
