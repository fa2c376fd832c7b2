import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axisOf } from '../../src/charts/axis';
import { gapsOf } from '../../src/charts/gaps';
import { linesOf, tracksOf } from '../../src/charts/lines';
import { RunState } from '../../src/runs/fold';
import { start, steps } from '../events';

const PLAN = {
  key: 'l',
  kind: 'metric',
  metric: 'loss',
  validation: null,
  loss: true
} as const;

function gaps(losses: number[], log = false): unknown[] {
  const state = new RunState();
  state.apply(start({ batches: losses.length }));
  state.apply(steps(1, 1, losses));
  const axis = axisOf(state, 'step');
  const [line] = linesOf(
    tracksOf(state, PLAN, axis, { smoothing: 0, log }),
    [0, losses.length],
    50
  );
  assert.ok(line);
  return gapsOf(line).map(({ kind, from, to }) => [kind, from, to]);
}

test('NaN and infinities have marks where they happened, each stretch one', () => {
  assert.deepEqual(gaps([1, NaN, NaN, 2, Infinity, -Infinity, NaN]), [
    ['nan', 2, 3],
    ['above', 5, 5],
    ['below', 6, 6],
    ['nan', 7, 7]
  ]);
});

test('a value that merely has no logarithm is not marked', () => {
  assert.deepEqual(gaps([1, 0, -3, 2], true), []);
});

test('a single NaN among thousands of steps has its mark', () => {
  const losses = Array.from({ length: 5000 }, (_, row) => row);
  losses[3210] = NaN;
  assert.deepEqual(gaps(losses), [['nan', 3211, 3211]]);
});
