import assert from 'node:assert/strict';
import { test } from 'node:test';

import { progressOf, recent } from '../../src/panel/progress';
import { RunState } from '../../src/runs/fold';
import { at, epoch, start, steps } from '../events';

test('the time left follows the last epochs, validation included', () => {
  const state = new RunState();
  state.apply(start({ time: 100, epochs: 10 }));
  state.apply(epoch(1, { time: 108, seconds: 8 }));
  state.apply(epoch(2, { time: 114, seconds: 6 }));
  const { share, left, elapsed } = progressOf(state, []);
  assert.equal(share, 0.2);
  assert.equal(left, 8 * 7);
  assert.equal(elapsed, 14);
});

test('within the first epoch the steps tell', () => {
  const state = new RunState();
  state.apply(start({ time: 100, epochs: 2 }));
  state.apply(steps(1, 1, [1, 1, 1, 1, 1], { time: 101 }));
  const { rate, left } = progressOf(state, [
    { time: 100.5, step: 3 },
    { time: 101, step: 5 }
  ]);
  assert.equal(rate, 4);
  assert.equal(left, 15 / 4);
});

test('epochs of an earlier process say nothing of this one', () => {
  const state = new RunState();
  state.apply(epoch(1, { time: 50, seconds: 8 }));
  state.apply(start({ time: 100, resumed: true, position: at(1, 0, 10) }));
  assert.equal(progressOf(state, []).left, null);
});

test('sightings older than a while are forgotten, and all of them at a resume', () => {
  let seen = recent([], { time: 0, step: 1 });
  seen = recent(seen, { time: 5, step: 2 });
  seen = recent(seen, { time: 5.1, step: 2 });
  assert.equal(seen.length, 2);
  seen = recent(seen, { time: 20, step: 9 });
  assert.deepEqual(seen, [
    { time: 5, step: 2 },
    { time: 20, step: 9 }
  ]);
  assert.deepEqual(recent(seen, { time: 30, step: 4 }), [{ time: 30, step: 4 }]);
});
