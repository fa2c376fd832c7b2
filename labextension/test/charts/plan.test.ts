import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MOST_CHARTS, planCharts } from '../../src/charts/plan';
import { epoch } from '../events';

test('the loss comes first and the learning rate last; validation shares its metric’s chart', () => {
  const row = epoch(1, { logs: { accuracy: 1, loss: 1, val_loss: 1, learning_rate: 1 } });
  const { charts } = planCharts(['accuracy', 'loss'], [row]);
  assert.deepEqual(
    charts.map(chart => [chart.metric, chart.validation]),
    [
      ['loss', 'val_loss'],
      ['accuracy', null],
      ['learning_rate', null]
    ]
  );
});

test('losses and errors are told from scores', () => {
  const names = ['loss', 'decoder_loss', 'mae', 'mean_squared_error', 'accuracy', 'auc'];
  const { charts } = planCharts(names, []);
  assert.deepEqual(
    charts.map(chart => chart.loss),
    [true, true, true, true, false, false, false]
  );
});

test('a run without any metric yet has no chart', () => {
  assert.deepEqual(planCharts([], []).charts, []);
});

test('a page has room for so many charts', () => {
  const { charts, left } = planCharts(
    Array.from({ length: 1000 }, (_, i) => `m${i}`),
    []
  );
  assert.equal(charts.length, MOST_CHARTS);
  assert.equal(left, 1000 - (MOST_CHARTS - 1));
});
