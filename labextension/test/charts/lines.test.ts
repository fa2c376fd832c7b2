import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axisOf } from '../../src/charts/axis';
import type { ChartLine, Look, Tracks } from '../../src/charts/lines';
import { linesOf, tracksOf } from '../../src/charts/lines';
import type { ChartPlan } from '../../src/charts/plan';
import { RunState } from '../../src/runs/fold';
import { epoch, start, steps } from '../events';

const LOSS: ChartPlan = {
  key: 'l',
  kind: 'metric',
  metric: 'loss',
  validation: 'val_loss',
  loss: true
};
const RATE: ChartPlan = {
  key: 'r',
  kind: 'learning-rate',
  metric: 'learning_rate',
  validation: null,
  loss: false
};
const PLAIN: Look = { smoothing: 0, log: false };

function tracks(state: RunState, plan = LOSS, look = PLAIN): Tracks {
  return tracksOf(state, plan, axisOf(state, 'epoch'), look);
}

function lines(state: RunState, plan = LOSS, look = PLAIN): ChartLine[] {
  return linesOf(tracks(state, plan, look), [0, 1], 500);
}

function run(losses: number[], batches = 2): RunState {
  const state = new RunState();
  state.apply(start({ batches }));
  state.apply(steps(1, 1, losses));
  return state;
}

test('steps lie between the epochs that their epoch’s point closes', () => {
  const state = run([3, NaN]);
  state.apply(epoch(1, { logs: { loss: 2, val_loss: Infinity } }));
  const [perStep, perEpoch, validation] = lines(state);
  assert.deepEqual(perStep?.raw, { x: [0.5, 1], y: [3, null], rows: [0, 1] });
  assert.deepEqual(perEpoch?.raw, { x: [1], y: [2], rows: [0] });
  assert.equal(perEpoch.track.source(0), 1);
  assert.deepEqual(validation?.raw.y, [null]);
  assert.equal(tracks(state).gaps, 2);
});

test('epochs copied from a parent run have a learning rate though they have no steps', () => {
  const state = new RunState();
  state.apply(start());
  state.apply(epoch(1, { inherited: true, learning_rate: 0.5 }));
  state.apply(steps(2, 1, [1]));
  const [rate] = lines(state, RATE);
  assert.deepEqual(rate?.raw.y, [0.5, 0.1]);
  assert.deepEqual(rate.raw.x, [1, 1.1]);
  assert.deepEqual([0, 1].map(rate.track.source), [-1, 0]);
});

test('on a log scale values that are not above zero are gaps, and counted', () => {
  const state = run([3, 0, -1, 2], 4);
  const [line] = lines(state, LOSS, { smoothing: 0, log: true });
  assert.deepEqual(line?.raw.y, [3, null, null, 2]);
  assert.deepEqual([...line.track.values], [3, 0, -1, 2]);
  assert.equal(tracks(state, LOSS, { smoothing: 0, log: true }).nonPositive, 2);
  assert.equal(tracks(state).nonPositive, 0);
});

test('smoothing adds a line and leaves the values as they are', () => {
  const losses = Array.from({ length: 300 }, (_, row) => row % 2);
  const state = run(losses, 300);
  state.apply(epoch(1, { logs: { loss: 2, val_loss: 3 } }));
  const [perStep, perEpoch, validation] = lines(state, LOSS, { smoothing: 0.9, log: false });
  assert.deepEqual(perStep?.raw.y, losses);
  assert.ok(Math.abs((perStep.smooth?.y.at(-1) ?? 0) - 0.5) < 0.05);
  assert.equal(perEpoch?.smooth, null);
  assert.equal(validation?.smooth, null);
  assert.ok(lines(state).every(({ smooth }) => smooth === null));
});

test('the rate of the first step is drawn from the run’s start on', () => {
  const [rate] = lines(run([3, 2]), RATE);
  assert.deepEqual(rate?.raw, { x: [0, 0.5, 1], y: [0.1, 0.1, 0.1], rows: [0, 0, 1] });
});

test('a learning rate is not smoothed', () => {
  assert.equal(lines(run([1, 2]), RATE, { smoothing: 0.6, log: false })[0]?.smooth, null);
});

test('a zoom draws every step in sight and one beyond each edge', () => {
  const state = run(
    Array.from({ length: 10_000 }, (_, row) => row),
    10_000
  );
  const [line] = linesOf(tracks(state), [0.5, 0.51], 500);
  assert.deepEqual(line?.raw.y[0], 4999);
  assert.equal(line.raw.y.length, 102);
  assert.deepEqual(line.raw.rows, line.raw.y);
  assert.deepEqual(linesOf(tracks(state), [2, 3], 500)[0]?.raw.x, [1]);
});
