import assert from 'node:assert/strict';
import { test } from 'node:test';

import { duration, place, size } from '../../src/ui/format';
import { at } from '../events';
import { trans } from '../trans';

test('durations are said in units that fit', () => {
  const said = [0, 8.4, 60, 200, 3600, 7500, 3 * 86400].map(seconds => duration(seconds, trans));
  assert.deepEqual(said, [
    '0 s',
    '8 s',
    '1 min 00 s',
    '3 min 20 s',
    '1 h 00 min',
    '2 h 05 min',
    '3 days'
  ]);
});

test('a place names the batch only within an epoch', () => {
  assert.equal(place(at(7, 0, 70), 469, trans), 'epoch 7');
  assert.equal(place(at(7, 312, 82), 469, trans), 'epoch 7, batch 312 of 469');
});

test('sizes are said in units that fit', () => {
  assert.deepEqual([0, 999, 4_321_000, 305_000_000_000].map(size), [
    '0 B',
    '999 B',
    '4.3 MB',
    '305 GB'
  ]);
});
