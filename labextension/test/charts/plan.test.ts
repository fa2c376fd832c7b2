import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MOST_CHARTS, planCharts } from '../../src/charts/plan';
import { epoch } from '../events';

test('the loss comes first and the learning rate last; validation shares its metric’s chart', () => {
  const row = epoch(1, { logs: { accuracy: 1, loss: 1, val_loss: 1, learning_rate: 1 } });
  const { charts } = planCharts(['accuracy', 'loss'], [row], null);
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
  const { charts } = planCharts(names, [], names);
  assert.deepEqual(
    charts.map(chart => chart.loss),
    [true, true, true, true, false, false, false]
  );
});

test('a run without any metric yet has no chart', () => {
  assert.deepEqual(planCharts([], [], null).charts, []);
});

const MANY = Array.from({ length: 1000 }, (_, i) => `m${i}`);

test('of many metrics a few have a chart at first, and all can be chosen', () => {
  const { charts, metrics, chosen } = planCharts(['m0', 'm1', 'm2', 'm3', 'm4', 'loss'], [], null);
  assert.deepEqual(chosen, ['loss', 'm0', 'm1', 'm2']);
  assert.equal(charts.length, 5);
  assert.deepEqual(metrics, ['loss', 'm0', 'm1', 'm2', 'm3', 'm4']);
});

test('what was chosen is shown in the order of the metrics, as far as the run has it', () => {
  const { chosen } = planCharts(MANY, [], ['m500', 'gone', 'm7']);
  assert.deepEqual(chosen, ['m7', 'm500']);
  assert.deepEqual(planCharts(MANY, [], ['gone']).chosen, ['m0', 'm1', 'm2', 'm3']);
});

test('a page has room for so many charts', () => {
  assert.equal(planCharts(MANY, [], MANY).charts.length, MOST_CHARTS + 1);
});
