import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axisOf } from '../../src/charts/axis';
import type { Tracks } from '../../src/charts/lines';
import { linesOf, tracksOf } from '../../src/charts/lines';
import type { ChartPlan } from '../../src/charts/plan';
import { gapNote, nearest, placeAt, summaryOf, valuesAt } from '../../src/charts/readout';
import { RunState } from '../../src/runs/fold';
import { epoch, start, steps } from '../events';
import { trans } from '../trans';

const LOSS: ChartPlan = {
  key: 'l',
  kind: 'metric',
  metric: 'loss',
  validation: 'val_loss',
  loss: true
};

function run(): RunState {
  const state = new RunState();
  state.apply(start({ batches: 2 }));
  state.apply(steps(1, 1, [3, 2]));
  state.apply(epoch(1, { logs: { loss: 2.5, val_loss: NaN } }));
  return state;
}

function tracks(): Tracks {
  const state = run();
  return tracksOf(state, LOSS, axisOf(state, 'epoch'), { smoothing: 0, log: false });
}

const lines = linesOf(tracks(), [0, 1], 500);

test('the values are those nearest to the pointer, and the newest without one', () => {
  assert.deepEqual(valuesAt(lines, new Set(), 0.4), ['3', '2.5', 'NaN']);
  assert.deepEqual(valuesAt(lines, new Set(), null), ['2', '2.5', 'NaN']);
});

test('a line that is switched off has no value', () => {
  assert.deepEqual(valuesAt(lines, new Set(['epochs'] as const), null), ['2', '', 'NaN']);
});

test('the place under the pointer names epoch, batch and step, and the time on an axis of time', () => {
  const place = (axis: 'epoch' | 'time'): string => placeAt(lines, run().steps, axis, 0.6, trans);
  assert.equal(place('epoch'), 'epoch 1, batch 1 · step 1');
  assert.equal(place('time'), 'epoch 1, batch 1 · step 1 · 0:01');
});

test('a chart is summed up for those who cannot see it', () => {
  assert.equal(
    summaryOf(LOSS, tracks(), 'epoch', trans),
    'loss by epoch; newest 2.5, validation NaN'
  );
});

test('what cannot be drawn is said', () => {
  assert.equal(gapNote({ gaps: 0, nonPositive: 0 }, trans), '');
  assert.equal(
    gapNote({ gaps: 1, nonPositive: 2 }, trans),
    '1 value is NaN (✕) or infinite (▲▼) · 2 values are not above zero and have no place on a log scale'
  );
});

test('the nearest of ascending values is found at the ends and between', () => {
  assert.deepEqual(
    [-1, 0.4, 0.6, 9].map(x => nearest([0, 1, 2], x)),
    [0, 0, 1, 2]
  );
});
