import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axisOf, extentOf } from '../../src/charts/axis';
import { TimedState } from '../../src/runs/clock';
import { RunState } from '../../src/runs/fold';
import { at, checkpoint, epoch, start, steps } from '../events';

/** Ten steps in ten seconds, killed, resumed a day later from step 6. */
function resumed(): TimedState {
  const state = new TimedState();
  state.apply(start({ time: 100 }));
  state.apply(steps(1, 1, [9, 8, 7, 6, 5], { time: 105 }));
  state.apply(steps(1, 6, [4, 3, 2], { time: 108 }));
  state.apply(steps(1, 9, [1, 0], { time: 110 }));
  state.apply(start({ time: 90_000, resumed: true, position: at(0, 6, 6) }));
  state.apply(steps(1, 7, [3, 2, 1, 0], { time: 90_008 }));
  state.apply(epoch(1, { time: 90_010 }));
  return state;
}

test('steps of a chunk share its time evenly', () => {
  const state = new TimedState();
  state.apply(start({ time: 100 }));
  state.apply(steps(1, 1, [1], { time: 104 }));
  state.apply(steps(1, 2, [1, 1, 1, 1], { time: 106 }));
  assert.deepEqual([...axisOf(state, 'time').steps], [4, 4.5, 5, 5.5, 6]);
});

test('validation at the end of an epoch takes no time from the next epoch’s steps', () => {
  const state = new TimedState();
  state.apply(start({ time: 100, batches: 1 }));
  state.apply(steps(1, 1, [1], { time: 101, step: 1 }));
  state.apply(epoch(1, { time: 111 }));
  state.apply(steps(2, 1, [1, 1], { time: 113, step: 2 }));
  const axis = axisOf(state, 'time');
  assert.deepEqual([...axis.steps], [1, 12, 13]);
  assert.equal(state.rows[0] && axis.epoch(state.rows[0]), 11);
});

test('the time between a kill and the resume is cut out, the time that it cost is not', () => {
  const state = resumed();
  const axis = axisOf(state, 'time');
  assert.deepEqual([...axis.steps], [1, 2, 3, 4, 5, 6, 12, 14, 16, 18]);
  assert.equal(axis.resume(0), 10);
  assert.equal(axis.position(at(0, 6, 6)), 6);
  assert.deepEqual(extentOf(state, axis), [0, 20]);
});

test('a computer’s clock that is set back does not turn the axis round', () => {
  const state = new TimedState();
  state.apply(start({ time: 100 }));
  state.apply(steps(1, 1, [1, 1], { time: 110 }));
  state.apply(steps(1, 3, [1, 1], { time: 50 }));
  state.apply(steps(1, 5, [1], { time: 112 }));
  assert.deepEqual([...axisOf(state, 'time').steps], [5, 10, 10, 10, 12]);
});

test('epochs copied from a parent run come before this run’s own time', () => {
  const state = new TimedState();
  state.apply(start({ time: 1000 }));
  state.apply(epoch(1, { time: 10, seconds: 7, inherited: true }));
  state.apply(epoch(2, { time: 20, seconds: 8, inherited: true }));
  state.apply(start({ time: 1001, resumed: true, position: at(2, 0, 20) }));
  state.apply(steps(3, 1, [1], { time: 1003 }));
  const axis = axisOf(state, 'time');
  assert.deepEqual(state.rows.map(axis.epoch), [7, 15]);
  assert.deepEqual([...axis.steps], [17]);
});

test('each axis places steps, epochs, checkpoints and resumes', () => {
  const state = resumed();
  state.apply(checkpoint('step-6.keras', at(0, 6, 6)));
  const places = (['epoch', 'step'] as const).map(kind => {
    const axis = axisOf(state, kind);
    const [first, row] = [axis.steps[0], state.rows[0]];
    return [first, row && axis.epoch(row), axis.position(at(0, 6, 6)), axis.resume(0)];
  });
  assert.deepEqual(places, [
    [0.1, 1, 0.6, 0.6],
    [1, 10, 6, 6]
  ]);
});

test('a state that keeps no time is shown by epoch', () => {
  assert.equal(axisOf(new RunState(), 'time').kind, 'epoch');
});

test('the extent ends with the epoch under way, and an empty run has one too', () => {
  const extent = (epochs: number, batch: number): readonly [number, number] => {
    const state = new RunState();
    state.apply(start());
    state.apply(steps(1, 1, [1]));
    state.apply(steps(epochs, batch, [1]));
    return extentOf(state, axisOf(state, 'epoch'));
  };
  assert.deepEqual(extent(3, 2), [0, 3]);
  assert.deepEqual(extent(121, 5), [0, 120.5]);
  const empty = new RunState();
  assert.deepEqual(extentOf(empty, axisOf(empty, 'step')), [0, 1]);
});
