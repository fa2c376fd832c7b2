import assert from 'node:assert/strict';
import { test } from 'node:test';

import { RunState } from '../../src/runs/fold';
import { at, checkpoint, control, end, epoch, start, steps } from '../events';

function folded(...events: Parameters<RunState['apply']>[0][]): RunState {
  const state = new RunState();
  for (const event of events) {
    state.apply(event);
  }
  return state;
}

test('steps move the position and carry the rate that they share', () => {
  const state = folded(start(), steps(1, 1, [3, 2]), steps(1, 3, [1], { learning_rate: [0.2] }));
  assert.deepEqual(state.position, at(0, 3, 3));
  assert.deepEqual([...state.steps.learningRate.values], [0.1, 0.1, 0.2]);
  assert.deepEqual([...state.steps.x.values], [0.1, 0.2, 0.3]);
  assert.equal(state.status, 'running');
});

test('a resume drops what the death of the kernel undid', () => {
  const state = folded(
    start(),
    steps(1, 1, [3, 2, 1]),
    checkpoint('a', at(0, 2, 2)),
    checkpoint('b', at(0, 3, 3)),
    epoch(1),
    start({
      time: 200,
      resumed: true,
      position: at(0, 2, 2),
      checkpoint: 'a',
      report: ['b is damaged']
    }),
    steps(1, 3, [9])
  );
  assert.deepEqual([...(state.steps.metrics.get('loss')?.values ?? [])], [3, 2, 9]);
  assert.deepEqual([...state.steps.step.values], [1, 2, 3]);
  assert.deepEqual(state.rows, []);
  assert.deepEqual(
    state.checkpoints.map(kept => kept.file),
    ['a']
  );
  assert.deepEqual(state.resumes, [at(0, 2, 2)]);
  assert.deepEqual(state.report, ['b is damaged']);
});

test('an epoch told twice stands once, as told last', () => {
  const state = folded(start(), epoch(1), epoch(2), epoch(2, { logs: { loss: 7 } }));
  assert.deepEqual(
    state.rows.map(row => [row.epoch, row.logs.loss]),
    [
      [1, 1],
      [2, 7]
    ]
  );
  assert.deepEqual(state.position, at(2, 0, 20));
});

test('checkpoints are kept by file, oldest first, until pruned', () => {
  const state = folded(
    checkpoint('late', at(2, 0, 20)),
    checkpoint('early', at(1, 0, 10)),
    checkpoint('late', at(2, 0, 20), { bytes: 5 }),
    checkpoint('gone', at(0, 5, 5)),
    { type: 'pruned', time: 110, files: ['gone', 'never there'] }
  );
  assert.deepEqual(
    state.checkpoints.map(kept => [kept.file, kept.bytes]),
    [
      ['early', 1000],
      ['late', 5]
    ]
  );
  assert.equal(state.updated, 110);
});

test('an end tells status, reason and position; a resume takes them back', () => {
  const ended = folded(start(), end('interrupted', at(3, 2, 32), 'KeyboardInterrupt'));
  assert.deepEqual(
    [ended.status, ended.reason, ended.position],
    ['interrupted', 'KeyboardInterrupt', at(3, 2, 32)]
  );
  ended.apply(start({ resumed: true, position: at(3, 0, 30), time: 200 }));
  assert.deepEqual([ended.status, ended.reason], ['running', '']);
});

test('a metric that comes late or stays away is not a number meanwhile', () => {
  const state = folded(start(), steps(1, 1, [1]), steps(1, 2, [2], { logs: { accuracy: [0.5] } }));
  assert.deepEqual([...(state.steps.metrics.get('accuracy')?.values ?? [])], [NaN, 0.5]);
  assert.deepEqual([...(state.steps.metrics.get('loss')?.values ?? [])], [1, NaN]);
});

test('training time adds up over the processes, not the time between them', () => {
  const state = folded(
    start({ time: 100 }),
    steps(1, 1, [1], { time: 130 }),
    start({ time: 1000, resumed: true, position: at(0, 0, 0) }),
    steps(1, 1, [1], { time: 1005 })
  );
  assert.equal(state.before + state.updated - state.began, 35);
});

test('a pause is no time of training, however it ends', () => {
  const pause = control('pause', at(0, 1, 1), { time: 130 });
  const again = control('pause', at(0, 1, 1), { time: 140 });
  for (const over of [
    control('continue', at(0, 1, 1), { time: 530 }),
    control('stop', at(0, 1, 1), { time: 530 }),
    { ...end('interrupted', at(0, 1, 1)), time: 530 }
  ]) {
    const state = folded(start({ time: 100 }), pause, again, over);
    assert.equal(state.before + state.updated - state.began, 30, over.type);
  }
});

test('a long run grows beyond the first columns', () => {
  const state = folded(
    start({ batches: 1000 }),
    steps(
      1,
      1,
      Array.from({ length: 1000 }, (_, i) => i)
    )
  );
  assert.equal(state.steps.length, 1000);
  assert.equal(state.steps.metrics.get('loss')?.values[999], 999);
});

test('training is paused from a pause to a continue, a stop, an end or a new process', () => {
  const pause = control('pause', at(0, 2, 2));
  for (const [event, paused] of [
    [control('continue', at(0, 2, 2)), false],
    [control('stop', at(0, 2, 2)), false],
    [end('interrupted', at(0, 2, 2)), false],
    [start({ resumed: true, position: at(0, 2, 2) }), false],
    [control('checkpoint', at(0, 2, 2)), true],
    [control('continue', at(0, 2, 2), { done: false }), true]
  ] as const) {
    assert.equal(folded(start(), pause).paused, true);
    assert.equal(folded(start(), pause, event).paused, paused, event.type);
  }
  assert.equal(folded(start(), control('pause', at(0, 2, 2), { done: false })).paused, false);
});

test('answers beyond a resume are dropped with the steps that they fell between', () => {
  const state = folded(
    start(),
    control('learning_rate', at(0, 2, 2), { value: 0.5 }),
    control('learning_rate', at(0, 3, 3), { value: 0.25 }),
    start({ resumed: true, position: at(0, 2, 2) })
  );
  assert.deepEqual(
    state.controls.map(kept => kept.value),
    [0.5]
  );
});

test('how many batches an epoch has is learnt from one that ended', () => {
  assert.equal(folded(start({ batches: 0 }), steps(1, 1, [3, 2, 1])).batches, 0);
  assert.equal(folded(start({ batches: 0 }), steps(1, 1, [3, 2, 1]), epoch(1)).batches, 3);
});
