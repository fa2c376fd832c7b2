import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PLAIN } from '../../src/charts/choices';
import { RememberedChoices } from '../../src/charts/remembered';
import { storage } from '../panel/storage';

test('choices are kept for their run only, and for good', () => {
  const kept = storage();
  new RememberedChoices(kept).set('runs/a', { ...PLAIN, scale: 'log' });
  assert.equal(new RememberedChoices(kept).of('runs/a').scale, 'log');
  assert.deepEqual(new RememberedChoices(kept).of('runs/b'), PLAIN);
});

test('of many runs those looked at lately are remembered', () => {
  const kept = storage();
  const remembered = new RememberedChoices(kept);
  for (let run = 0; run < 150; run++) {
    remembered.set(`runs/${run}`, { ...PLAIN, axis: 'step' });
    remembered.set('runs/0', { ...PLAIN, axis: 'time' });
  }
  assert.equal(remembered.of('runs/149').axis, 'step');
  assert.equal(remembered.of('runs/0').axis, 'time');
  assert.equal(remembered.of('runs/1').axis, 'epoch');
  assert.equal(kept.size, 1);
});

test('damaged memory is no memory, and one that is full no trouble', () => {
  for (const text of ['{', '7', '[1]', '[["runs/a", 7]]', '[["runs/a"]]']) {
    const damaged = new RememberedChoices({ getItem: () => text, setItem: () => undefined });
    assert.deepEqual(damaged.of('runs/a'), PLAIN);
  }
  const full = new RememberedChoices({
    getItem: () => null,
    setItem: () => {
      throw new Error('QuotaExceededError');
    }
  });
  full.set('runs/a', PLAIN);
});
