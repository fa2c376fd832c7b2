import assert from 'node:assert/strict';
import { test } from 'node:test';

import { runOf } from '../../src/runs/location';

test('a history belongs to a run by where it lies', () => {
  const run = 'work/kresume_runs/mnist-001';
  assert.equal(runOf(`${run}/history.json`), run);
  assert.equal(runOf('kresume_runs/mnist-001/history.json'), 'kresume_runs/mnist-001');
  assert.equal(runOf('RTC:kresume_runs/a-001/history.json'), 'RTC:kresume_runs/a-001');
  assert.equal(runOf('my runs/a-001/history.json', 'my runs'), 'my runs/a-001');
});

test('any other file of that name is not ours', () => {
  for (const path of [
    'history.json',
    'browser/history.json',
    'data/sensor-001/history.json',
    'kresume_runs/notes/history.json',
    'kresume_runs/history.json',
    'kresume_runs/a-001/checkpoints/history.json',
    'kresume_runs/a-001/run.json'
  ]) {
    assert.equal(runOf(path), null, path);
  }
});
