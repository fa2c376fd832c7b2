import assert from 'node:assert/strict';
import { test } from 'node:test';

import { emptyNote, notes, problemNote, standing } from '../../src/panel/messages';
import { RunState } from '../../src/runs/fold';
import { at, end, start, steps } from '../events';
import { trans } from '../trans';

test('where a run stands depends on how it stands', () => {
  const state = new RunState();
  assert.equal(standing(state, 'running', trans), '');
  state.apply(start());
  state.apply(steps(3, 4, [1]));
  assert.equal(standing(state, 'running', trans), 'epoch 3 of 20 · batch 4 of 10');
  assert.equal(standing(state, 'stopped', trans), 'after epoch 2 of 20, batch 4 of 10');
  state.apply(end('finished', at(12, 0, 120), 'stopped early'));
  assert.equal(standing(state, 'finished', trans), '12 of 20 epochs');
  assert.equal(standing(state, 'missing', trans), '');
});

test('an empty run says what it waits for, and a newer one both versions', () => {
  const state = new RunState();
  assert.match(emptyNote(state, 'running', null, trans), /Waiting for the first step/);
  assert.equal(emptyNote(state, 'running', { kind: 'missing' }, trans), '');
  assert.match(
    problemNote({ kind: 'newer', schema: 9 }, 'f', trans),
    /version 9.*version 1.*update kresume_nb/
  );
  assert.match(problemNote({ kind: 'missing' }, 'f/g', trans), /“f\/g” is not there/);
});

test('notes tell resumes, warnings and damaged lines', () => {
  const state = new RunState();
  state.apply(start({ resumed: true, position: at(7, 3, 73), report: ['the data changed'] }));
  state.apply({ type: 'warning', time: 1, message: 'disk full' });
  assert.deepEqual(notes(state, 2, trans), [
    'Resumed after epoch 7, batch 3 of 10',
    'the data changed',
    'disk full',
    '2 lines of the journal were damaged and are left out'
  ]);
});

test('a run of no epochs has nothing to draw, and says why', () => {
  const state = new RunState();
  state.apply(start({ epochs: 0 }));
  state.apply(end('finished', at(0, 0, 0)));
  assert.equal(standing(state, 'finished', trans), 'no epochs to train');
  assert.match(emptyNote(state, 'finished', null, trans), /no epochs/);
});

test('of data that does not tell its length, no number of batches is invented', () => {
  const state = new RunState();
  state.apply(start({ batches: 0 }));
  state.apply(steps(1, 1, [3, 2]));
  assert.equal(standing(state, 'running', trans), 'epoch 1 of 20 · batch 2');
  assert.match(standing(state, 'stopped', trans), /^in the first of 20 epochs, after batch 2$/);
});
