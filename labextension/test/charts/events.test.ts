import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axisOf } from '../../src/charts/axis';
import { TimedState } from '../../src/runs/clock';
import type { Happening } from '../../src/charts/events';
import { clustered, happeningsOf } from '../../src/charts/events';
import { summaryOfCheckpoints, tellCluster } from '../../src/charts/describe';
import { at, checkpoint, control, epoch, start, steps } from '../events';
import { trans } from '../trans';

function found(state: TimedState, stopped = false): Happening[] {
  return happeningsOf(state, axisOf(state, 'epoch'), stopped);
}

function told(state: TimedState, stopped = false): string[] {
  return found(state, stopped).map(one => tellCluster([one], 10, trans));
}

test('a kill and its resume are told with where they were and how long nothing trained', () => {
  const state = new TimedState();
  state.apply(start({ time: 100 }));
  state.apply(steps(1, 1, [1, 1, 1, 1, 1], { time: 110 }));
  state.apply(start({ time: 205, resumed: true, position: at(0, 3, 3) }));
  const [one] = found(state);
  assert.equal(one?.x, 0.3);
  assert.deepEqual(told(state), [
    'killed after batch 5 of 10, resumed 1 min 35 s later from batch 3 of 10'
  ]);
});

test('a pause is told with its length, one that lasts without; a refused one is none', () => {
  const state = new TimedState();
  state.apply(start());
  state.apply(epoch(2));
  state.apply(control('pause', at(2, 0, 20), { time: 110 }));
  state.apply(control('continue', at(2, 0, 20), { time: 170 }));
  state.apply(control('pause', at(2, 3, 23), { time: 180 }));
  state.apply(control('pause', at(2, 5, 25), { time: 190, done: false }));
  state.apply(control('learning_rate', at(2, 6, 26), { value: 0.01 }));
  assert.deepEqual(told(state), [
    'paused for 1 min 00 s after epoch 2',
    'paused after epoch 2, batch 3 of 10',
    'learning rate set to 0.01 after epoch 2, batch 6 of 10'
  ]);
});

test('the process that is gone leaves a mark where it stood', () => {
  const state = new TimedState();
  state.apply(start());
  assert.deepEqual(found(state, true), []);
  state.apply(steps(1, 1, [1, 1]));
  assert.deepEqual(
    found(state, true).map(({ kind, x }) => [kind, x]),
    [['stopped', 0.2]]
  );
});

const kept = (epochs: number, value: number | null, monitor = 'val_loss') =>
  checkpoint(`epoch-${epochs}.keras`, at(epochs, 0, epochs * 10), { value, monitor });

test('a checkpoint is told with file, place, size and value', () => {
  const state = new TimedState();
  state.apply(start());
  for (const one of [kept(1, 0.25), kept(2, 0.5), checkpoint('step-23.keras', at(2, 3, 23))]) {
    state.apply(one);
  }
  assert.deepEqual(told(state), [
    'epoch-1.keras, epoch 1, 1.0 kB, val_loss 0.25 (best)',
    'epoch-2.keras, epoch 2, 1.0 kB, val_loss 0.5',
    'step-23.keras, epoch 2, batch 3 of 10, 1.0 kB (last)'
  ]);
  assert.equal(
    summaryOfCheckpoints(found(state), state.skipped.length, trans),
    '3 checkpoints, 3.0 kB · last step-23.keras · best epoch-1.keras, val_loss 0.25'
  );
});

test('neighbours share a place, and of many only the newest are told', () => {
  const state = new TimedState();
  state.apply(start());
  for (let epochs = 1; epochs <= 20; epochs++) {
    state.apply(kept(epochs, epochs));
  }
  const clusters = clustered(found(state), x => (x > 15 ? null : x * 5), 15);
  assert.deepEqual(
    clusters.map(({ at: place, members }) => [place, members.length]),
    [5, 20, 35, 50, 65].map(place => [place, 3])
  );
  const all = tellCluster(found(state), 10, trans);
  assert.match(all, /^17 earlier · epoch-18.keras.*epoch-20.keras/);
});

test('what the disk was too slow for is told', () => {
  const state = new TimedState();
  state.apply(start());
  state.apply(epoch(1));
  state.apply(epoch(2));
  state.apply(checkpoint('epoch-3.keras', at(3, 0, 30), { skipped: [1, 2], skipped_within: 4 }));
  assert.deepEqual(told(state), ['epoch-3.keras, epoch 3, 1.0 kB, 4 before it not written (last)']);
  assert.equal(
    summaryOfCheckpoints(found(state), state.skipped.length, trans),
    '1 checkpoint, 1.0 kB · last epoch-3.keras · 2 epochs without a file: the disk was slower than training'
  );
  state.apply(start({ resumed: true, position: at(1, 0, 10) }));
  assert.deepEqual(state.skipped, [1]);
});

test('the best is as the run says, whatever the name of its log', () => {
  const state = new TimedState();
  state.apply(start());
  state.apply({ type: 'monitored', time: 1, monitor: 'f1', directions: { f1: 'min' } });
  state.apply(kept(1, 0.1, 'f1'));
  state.apply(kept(2, 0.9, 'f1'));
  const best = found(state).find(one => one.kind === 'checkpoint' && one.best);
  assert.equal(best?.x, 1);
});
