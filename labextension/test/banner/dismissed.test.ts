import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Dismissals } from '../../src/banner/dismissed';
import { at } from '../events';

function storage(): Pick<Storage, 'getItem' | 'setItem'> {
  const held = new Map<string, string>();
  return {
    getItem: key => held.get(key) ?? null,
    setItem: (key, value) => void held.set(key, value)
  };
}

test('an offer is waved away for its run and position only, and for good', () => {
  const kept = storage();
  new Dismissals(kept).add('runs/a', at(7, 3, 73));
  assert.ok(new Dismissals(kept).has('runs/a', at(7, 3, 73)));
  assert.ok(!new Dismissals(kept).has('runs/a', at(8, 3, 83)));
  assert.ok(!new Dismissals(kept).has('runs/b', at(7, 3, 73)));
});

test('damaged memory is no memory', () => {
  for (const text of ['{', '7', '[1]']) {
    assert.ok(
      !new Dismissals({ getItem: () => text, setItem: () => undefined }).has('a', at(0, 0, 0))
    );
  }
});
