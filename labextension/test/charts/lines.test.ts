import assert from 'node:assert/strict';
import { test } from 'node:test';

import { linesOf, xOf, xRange } from '../../src/charts/lines';
import type { ChartPlan } from '../../src/charts/plan';
import { RunState } from '../../src/runs/fold';
import { epoch, start, steps } from '../events';

const LOSS: ChartPlan = { key: 'l', kind: 'metric', metric: 'loss', validation: 'val_loss' };
const RATE: ChartPlan = {
  key: 'r',
  kind: 'learning-rate',
  metric: 'learning_rate',
  validation: null
};

test('steps lie between the epochs that their epoch’s point closes', () => {
  const state = new RunState();
  state.apply(start({ batches: 2 }));
  state.apply(steps(1, 1, [3, NaN]));
  state.apply(epoch(1, { logs: { loss: 2, val_loss: Infinity } }));
  const lines = linesOf(state, LOSS, 500);
  assert.deepEqual(lines.steps.x, [0.5, 1]);
  assert.deepEqual(lines.steps.y, [3, null]);
  assert.deepEqual(lines.epochs, { x: [1], y: [2], source: [1] });
  assert.deepEqual(lines.validation?.y, [null]);
  assert.equal(lines.gaps, 2);
});

test('epochs copied from a parent run have a learning rate though they have no steps', () => {
  const state = new RunState();
  state.apply(start());
  state.apply(epoch(1, { inherited: true, learning_rate: 0.5 }));
  state.apply(steps(2, 1, [1]));
  const { steps: rate } = linesOf(state, RATE, 500);
  assert.deepEqual(rate.y, [0.5, 0.1]);
  assert.deepEqual(rate.x, [1, 1.1]);
});

test('the axis ends with the epoch under way', () => {
  assert.deepEqual(xRange(0.01, 2.2), [0, 3]);
  assert.deepEqual(xRange(1, 7), [0, 7]);
  assert.deepEqual(xRange(0.1, 0.1), [0, 1]);
  assert.deepEqual(xRange(0.1, 120.5), [0, 120.5]);
  assert.equal(xOf({ epoch: 7, batch: 5 }, 10), 7.5);
});
