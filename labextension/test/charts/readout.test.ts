import assert from 'node:assert/strict';
import { test } from 'node:test';

import { linesOf } from '../../src/charts/lines';
import type { ChartPlan } from '../../src/charts/plan';
import { gapNote, nearest, placeAt, summaryOf, valuesAt } from '../../src/charts/readout';
import { RunState } from '../../src/runs/fold';
import { epoch, start, steps } from '../events';
import { trans } from '../trans';

const LOSS: ChartPlan = { key: 'l', kind: 'metric', metric: 'loss', validation: 'val_loss' };

function run(): RunState {
  const state = new RunState();
  state.apply(start({ batches: 2 }));
  state.apply(steps(1, 1, [3, 2]));
  state.apply(epoch(1, { logs: { loss: 2.5, val_loss: NaN } }));
  return state;
}

test('the values are those nearest to the pointer, and the newest without one', () => {
  const lines = linesOf(run(), LOSS, 500);
  assert.deepEqual(valuesAt(LOSS, lines, 0.4, trans), ['3', '2.5', 'not finite']);
  assert.deepEqual(valuesAt(LOSS, lines, Infinity, trans), ['2', '2.5', 'not finite']);
});

test('the place under the pointer names epoch, batch and step', () => {
  const state = run();
  assert.equal(
    placeAt(linesOf(state, LOSS, 500), state.steps, 0.6, trans),
    'epoch 1, batch 1 · step 1'
  );
});

test('a chart is summed up for those who cannot see it', () => {
  assert.equal(
    summaryOf(LOSS, linesOf(run(), LOSS, 500), trans),
    'loss by epoch; newest 2.5, validation not finite'
  );
  assert.equal(gapNote(0, trans), '');
  assert.equal(gapNote(1, trans), '1 value is NaN or infinite');
});

test('the nearest of ascending values is found at the ends and between', () => {
  assert.deepEqual(
    [-1, 0.4, 0.6, 9].map(x => nearest([0, 1, 2], x)),
    [0, 0, 1, 2]
  );
});
