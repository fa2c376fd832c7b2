import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  decodeChoices,
  moved,
  PLAIN,
  scaled,
  toggled,
  withAxis,
  within
} from '../../src/charts/choices';

test('a line is switched off and on again', () => {
  const off = toggled(PLAIN, 'metric:loss/steps');
  assert.deepEqual(off.hidden, ['metric:loss/steps']);
  assert.deepEqual(toggled(off, 'metric:loss/steps'), PLAIN);
});

test('another axis ends the zoom, the same one does not', () => {
  const zoomed = { ...PLAIN, zoom: [1, 2] as const };
  assert.equal(withAxis(zoomed, 'step').zoom, null);
  assert.deepEqual(withAxis(zoomed, 'epoch').zoom, [1, 2]);
});

test('a zoom shows what there is of it, and all of the run where there is nothing', () => {
  assert.deepEqual(within([5, 20], [0, 10]), [5, 10]);
  assert.equal(within([-5, 20], [0, 10]), null);
  assert.equal(within([11, 20], [0, 10]), null);
  assert.equal(within([3, 3], [0, 10]), null);
  assert.equal(within(null, [0, 10]), null);
});

test('zooming in and out again ends where it began', () => {
  const closer = scaled(null, [0, 16], 1 / 2);
  assert.deepEqual(closer, [4, 12]);
  assert.deepEqual(scaled(closer, [0, 16], 1 / 2), [6, 10]);
  assert.equal(scaled(closer, [0, 16], 2), null);
});

test('zooming in stops before there is nothing left', () => {
  let zoom: readonly [number, number] | null = null;
  for (let press = 0; press < 100; press++) {
    zoom = scaled(zoom, [0, 10], 1 / 2);
  }
  assert.ok(zoom !== null && zoom[1] > zoom[0]);
});

test('what is in sight moves as far as the ends of the run', () => {
  assert.deepEqual(moved([4, 6], [0, 10], 0.5), [5, 7]);
  assert.deepEqual(moved([8, 9.5], [0, 10], 0.5), [8.5, 10]);
  assert.deepEqual(moved([0.5, 2.5], [0, 10], -0.5), [0, 2]);
  assert.equal(moved(null, [0, 10], 0.5), null);
});

test('stored choices come back as they were', () => {
  const choices = {
    axis: 'time',
    scale: 'log',
    smoothing: 0.6,
    zoom: [1, 2.5],
    hidden: ['metric:loss/steps'],
    metrics: ['loss', 'auc']
  } as const;
  assert.deepEqual(decodeChoices(JSON.parse(JSON.stringify(choices))), choices);
});

test('what is not a choice is left out', () => {
  for (const stored of [
    null,
    7,
    'log',
    [],
    { axis: 'banana', scale: 3, smoothing: 0.5, zoom: [1, null], hidden: 'all', metrics: 'all' },
    { zoom: [1, 2, 3], hidden: [1, {}] }
  ]) {
    assert.deepEqual(decodeChoices(stored), PLAIN);
  }
});
