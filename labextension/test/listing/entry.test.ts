import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Order } from '../../src/listing/entry';
import { filtered, ordered, shareOf, statusOf } from '../../src/listing/entry';
import { entry } from './rows';

const never = (): null => null;

function names(order: Order, ...entries: ReturnType<typeof entry>[]): string[] {
  return ordered(entries, order).map(({ name }) => name);
}

test('a running run is one whose heart beats', () => {
  const running = { status: 'running', heartbeat: 1 } as const;
  assert.equal(statusOf(entry('a-001', running), never), 'running');
  assert.equal(statusOf(entry('a-001', { ...running, heartbeat: 11 }), never), 'stopped');
  const kernel = entry('a-001', { ...running, kernel: 'k', began: 50 });
  assert.equal(
    statusOf(kernel, id => (id === 'k' ? 60 : null)),
    'stopped'
  );
  assert.equal(
    statusOf(kernel, () => 40),
    'running'
  );
  assert.equal(statusOf(entry('a-001', { heartbeat: 11 }), never), 'finished');
});

test('what was not read, or cannot be, says so', () => {
  assert.equal(statusOf({ ...entry('a-001'), row: null }, never), 'unread');
  assert.equal(statusOf(entry('a-001', { problem: 'not JSON' }), never), 'unreadable');
});

test('the newest come first, and names count as people count', () => {
  const entries = [
    entry('b-010', { updated: 1 }),
    entry('B-009', { updated: 3 }),
    entry('a-100', { updated: 3 })
  ];
  assert.deepEqual(names('newest', ...entries), ['a-100', 'B-009', 'b-010']);
  assert.deepEqual(names('name', ...entries), ['a-100', 'B-009', 'b-010']);
  assert.deepEqual(names('name', entry('a-001', { title: 'zebra' }), entry('b-001')), [
    'b-001',
    'a-001'
  ]);
});

test('the best come first, each metric in its own direction, what has no value last', () => {
  const accuracy = { monitor: 'val_accuracy', mode: 'max' as const };
  assert.deepEqual(
    names(
      'best',
      entry('none-001', { monitor: null, best: null }),
      entry('nan-001', { best: NaN }),
      entry('loss-001', { best: 0.5 }),
      entry('loss-002', { best: 0.25 }),
      entry('lost-003', { best: Infinity }),
      entry('accuracy-001', { ...accuracy, best: 0.5 }),
      entry('accuracy-002', { ...accuracy, best: 0.75 })
    ),
    ['accuracy-002', 'accuracy-001', 'loss-002', 'loss-001', 'lost-003', 'nan-001', 'none-001']
  );
});

test('the best first is as the runs say, whatever the name', () => {
  const misses = { monitor: 'val_misses', mode: 'min' as const };
  assert.deepEqual(
    names('best', entry('a-001', { ...misses, best: 9 }), entry('b-001', { ...misses, best: 1 })),
    ['b-001', 'a-001']
  );
});

test('a filter looks for every word in title, folder and notebook', () => {
  const entries = [
    entry('mnist-001', { title: 'Wide net' }),
    entry('mnist-002', { notebook: 'deep.ipynb' }),
    { ...entry('cifar-001'), row: null }
  ];
  const found = (words: string): string[] => filtered(entries, words).map(({ name }) => name);
  assert.deepEqual(found('  MNIST wide '), ['mnist-001']);
  assert.deepEqual(found('deep'), ['mnist-002']);
  assert.deepEqual(found('cifar'), ['cifar-001']);
  assert.equal(found('').length, 3);
  assert.deepEqual(found('mnist cifar'), []);
});

test('the share that is done never passes the whole', () => {
  const share = (epoch: number, batch: number, batches = 60, epochs = 12): number =>
    shareOf(
      entry('a-001', { epochs, batches, position: { epoch, batch, step: 0 } }).row ?? assert.fail()
    );
  assert.equal(share(6, 0), 0.5);
  assert.equal(share(0, 30, 60, 1), 0.5);
  assert.equal(share(13, 0), 1);
  assert.equal(share(3, 5, 0), 0.25);
  assert.equal(share(0, 0, 60, 0), 0);
});
