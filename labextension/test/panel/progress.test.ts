import assert from 'node:assert/strict';
import { test } from 'node:test';

import { TimedState } from '../../src/runs/clock';
import { progressOf } from '../../src/panel/progress';
import { at, control, epoch, start, steps } from '../events';

/** Ten steps an epoch, in chunks of five that take `chunk` seconds; an epoch's end takes `closing`. */
function trained(
  state: TimedState,
  { from, to, time, chunk, closing }: Record<'from' | 'to' | 'time' | 'chunk' | 'closing', number>
): number {
  let now = time;
  for (let number = from; number <= to; number++) {
    for (const batch of [1, 6]) {
      now += chunk;
      state.apply(steps(number, batch, [1, 1, 1, 1, 1], { time: now }));
    }
    now += closing;
    state.apply(epoch(number, { time: now, seconds: 2 * chunk + closing }));
  }
  return now;
}

test('the time left follows the steps of late and the ends of epochs', () => {
  const state = new TimedState();
  state.apply(start({ time: 100, epochs: 20 }));
  const now = trained(state, { from: 1, to: 4, time: 100, chunk: 1, closing: 3 });
  const { share, left, elapsed, rate } = progressOf(state);
  assert.equal(share, 0.2);
  assert.equal(elapsed, now - 100);
  assert.equal(rate, 5);
  assert.equal(left, 16 * (2 + 3));
});

test('a run that has become faster says so within seconds', () => {
  const state = new TimedState();
  state.apply(start({ time: 100, epochs: 100 }));
  const now = trained(state, { from: 1, to: 3, time: 100, chunk: 10, closing: 0 });
  trained(state, { from: 4, to: 40, time: now, chunk: 0.5, closing: 0 });
  assert.equal(progressOf(state).rate, 10);
});

test('one epoch whose end took long does not decide about all', () => {
  const state = new TimedState();
  state.apply(start({ time: 100, epochs: 10 }));
  let now = trained(state, { from: 1, to: 2, time: 100, chunk: 1, closing: 1 });
  now = trained(state, { from: 3, to: 3, time: now, chunk: 1, closing: 500 });
  trained(state, { from: 4, to: 5, time: now, chunk: 1, closing: 1 });
  assert.equal(progressOf(state).left, 5 * (2 + 1));
});

test('within the first epoch the steps tell; its first chunk, which compiles, does not', () => {
  const state = new TimedState();
  state.apply(start({ time: 100, epochs: 2 }));
  assert.equal(progressOf(state).left, null);
  state.apply(steps(1, 1, [1], { time: 130 }));
  state.apply(steps(1, 2, [1, 1, 1, 1], { time: 131 }));
  const { rate, left } = progressOf(state);
  assert.equal(rate, 4);
  assert.equal(left, 15 / 4);
});

test('steps of an earlier process say nothing of this one, nor does the time between', () => {
  const state = new TimedState();
  state.apply(start({ time: 0 }));
  const now = trained(state, { from: 1, to: 1, time: 0, chunk: 10, closing: 10 });
  state.apply(start({ time: now + 5000, resumed: true, position: at(1, 0, 10) }));
  assert.equal(progressOf(state).left, null);
  assert.equal(progressOf(state).rate, null);
  assert.equal(progressOf(state).elapsed, now);
});

test('a pause counts neither as training nor into the rate, and time stands still in it', () => {
  const state = new TimedState();
  state.apply(start({ time: 100, epochs: 2 }));
  state.apply(steps(1, 1, [1], { time: 101 }));
  state.apply(steps(1, 2, [1, 1], { time: 102 }));
  state.apply(control('pause', at(0, 3, 3), { time: 102 }));
  assert.equal(progressOf(state, 500).elapsed, 2);
  state.apply(control('continue', at(0, 3, 3), { time: 1102 }));
  state.apply(steps(1, 4, [1, 1], { time: 1103 }));
  const { elapsed, rate } = progressOf(state);
  assert.equal(elapsed, 3);
  assert.equal(rate, 2);
});

test('between two lines of the journal time goes on', () => {
  const state = new TimedState();
  state.apply(start({ time: 100, epochs: 2 }));
  state.apply(steps(1, 1, [1], { time: 101 }));
  state.apply(steps(1, 2, [1], { time: 102 }));
  const { elapsed, left } = progressOf(state, 5);
  assert.equal(elapsed, 7);
  assert.equal(left, 18 - 5);
  assert.equal(progressOf(state, 500).left, 0);
});
