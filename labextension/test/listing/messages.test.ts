import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ageWords, keptWords, progressWords, rowLabel } from '../../src/listing/messages';
import { trans } from '../trans';
import { entry } from './rows';

const state = { now: 100 + 7200, retention: 'both' } as const;

test('a row is heard as one sentence', () => {
  assert.equal(
    rowLabel(entry('mnist-001', { pinned: true }), 'finished', state, trans),
    'mnist-001, Finished, 12 epochs, best val_loss 0.5 in epoch 9, 4 checkpoints, 9.4 MB, 2 h ago, pinned'
  );
  assert.equal(
    rowLabel(entry('mnist-001', { problem: 'history.json: not JSON' }), 'unreadable', state, trans),
    'mnist-001, Cannot be read, history.json: not JSON'
  );
  assert.equal(
    rowLabel({ ...entry('mnist-001'), row: null }, 'unread', state, trans),
    'mnist-001, Reading …'
  );
});

test('within an epoch the batch counts', () => {
  const { row } = entry('a-001', { position: { epoch: 6, batch: 30, step: 390 } });
  assert.ok(row);
  assert.equal(progressWords(row, 'running', trans), 'epoch 7 of 12, 50%');
  assert.equal(progressWords({ ...row, batches: 0 }, 'running', trans), 'epoch 6 of 12');
  assert.equal(progressWords({ ...row, epochs: 0 }, 'finished', trans), '');
});

test('what is kept is told as it is wanted', () => {
  const { row } = entry('a-001', { checkpoints: 1 });
  assert.ok(row);
  assert.equal(keptWords(row, 'size', trans), '9.4 MB');
  assert.equal(keptWords(row, 'checkpoints', trans), '1 checkpoint');
});

test('an age is one number and one unit', () => {
  const ages = [-5, 59, 60, 3599, 3600, 86_399, 86_400, 40 * 86_400];
  assert.deepEqual(
    ages.map(age => ageWords(age, trans)),
    ['now', 'now', '1 min ago', '59 min ago', '1 h ago', '23 h ago', '1 day ago', '40 days ago']
  );
});
