import assert from 'node:assert/strict';
import { test } from 'node:test';

import { clock, increments, logTicks, xLabels } from '../../src/charts/ticks';

test('a clock shows hours only where there are some', () => {
  assert.deepEqual([0, 7.4, 90, 11_105].map(clock), ['0:00', '0:07', '1:30', '3:05:05']);
});

test('epochs are whole while two of them are in sight', () => {
  assert.equal(increments('epoch', 20)[0], 1);
  assert.ok((increments('epoch', 1)[0] ?? 1) < 1);
});

test('labels of many steps stay short, and those of parts of a second say which', () => {
  assert.deepEqual(xLabels('step', [0, 500, 20_000, 1_500_000]), ['0', '500', '20k', '1.5M']);
  assert.deepEqual(xLabels('epoch', [1, 1.5, 2]), ['1', '1.5', '2']);
  assert.deepEqual(xLabels('time', [0, 30, 60]), ['0:00', '0:30', '1:00']);
  assert.deepEqual(xLabels('time', [0.5, 1]), ['0.5 s', '1 s']);
});

test('a log axis has powers of ten, more between them if there is room, fewer if there is none', () => {
  assert.deepEqual(logTicks(0.005, 200, 6), [0.01, 0.1, 1, 10, 100]);
  assert.deepEqual(logTicks(0.09, 2.1, 6), [0.1, 0.2, 0.3, 0.5, 1, 2]);
  assert.deepEqual(logTicks(0.09, 1.2, 8), [0.1, 0.2, 0.3, 0.5, 1]);
  assert.deepEqual(logTicks(1e-12, 1e3, 5), [1e-12, 1e-9, 1e-6, 1e-3, 1, 1000]);
});

test('a log axis that is far from a power of ten has ticks too', () => {
  assert.deepEqual(logTicks(0.21, 0.27, 7), [0.21, 0.22, 0.23, 0.24, 0.25, 0.26, 0.27]);
  assert.ok(logTicks(0.2005, 0.2006, 5).length >= 2);
  assert.ok(logTicks(0.15, 0.5, 5).length >= 2);
});
