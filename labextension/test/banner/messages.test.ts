import assert from 'node:assert/strict';
import { test } from 'node:test';

import { headline, resumeLabel, runsFirst, setupNote } from '../../src/banner/messages';
import { RunState } from '../../src/runs/fold';
import { at, checkpoint, end, start, steps } from '../events';
import { trans } from '../trans';

function stopped(): RunState {
  const state = new RunState();
  state.apply(start({ batches: 469 }));
  state.apply(checkpoint('epoch-0007.keras', at(7, 0, 3283), { time: 200, seconds: 2 }));
  state.apply(steps(8, 312, [1], { step: 3595, time: 209 }));
  return state;
}

test('the headline says where it stopped and what that costs', () => {
  assert.equal(
    headline('mnist-001', stopped(), trans),
    'mnist-001 stopped after epoch 7, batch 312 of 469 · 11 s of training to redo'
  );
});

test('the time in which nobody trained is nothing to redo', () => {
  const state = stopped();
  state.apply(end('finished', at(7, 312, 3595)));
  state.apply(start({ time: 9000, resumed: true, position: at(7, 0, 3283) }));
  state.apply(steps(8, 20, [1], { step: 3303, time: 9004 }));
  assert.match(headline('a', state, trans), /4 s of training to redo$/);
});

test('nothing is lost at a checkpoint, and everything without one', () => {
  const state = stopped();
  state.apply(checkpoint('step-00003595.keras', at(7, 312, 3595), { time: 210 }));
  assert.match(headline('a', state, trans), /no training to redo$/);
  assert.equal(resumeLabel(state, trans), 'Resume from epoch 7, batch 312');
  state.checkpoints = [];
  assert.match(headline('a', state, trans), /no checkpoint was written yet$/);
});

test('of a run that finished before its cell did, the cell is offered, and nothing is lost', () => {
  const state = stopped();
  state.apply(end('finished', at(8, 0, 3752)));
  assert.equal(headline('a', state, trans), 'a finished, the cell that trained it did not');
  assert.equal(resumeLabel(state, trans), 'Resume the cell');
});

test('an interruption and a failure are called so', () => {
  const state = stopped();
  state.apply(end('interrupted', at(7, 312, 3595)));
  assert.match(headline('a', state, trans), /^a was interrupted after epoch 7/);
  state.apply(end('failed', at(7, 312, 3595)));
  assert.match(headline('a', state, trans), /^a failed after epoch 7/);
});

test('the button names the checkpoint', () => {
  assert.equal(resumeLabel(stopped(), trans), 'Resume from epoch 7');
  const state = new RunState();
  state.apply(checkpoint('epoch-0000.keras', at(0, 0, 0)));
  assert.equal(resumeLabel(state, trans), 'Resume from the start');
  state.apply(checkpoint('step-3.keras', at(0, 3, 3)));
  assert.equal(resumeLabel(state, trans), 'Resume from batch 3');
});

test('set-up cells that changed or are gone are named', () => {
  const cell = { id: 'a', source: '', label: '[3]', skipped: false };
  assert.equal(setupNote([{ kind: 'run', cell, changed: false }], false, trans), '');
  const note = setupNote(
    [
      { kind: 'run', cell, changed: true },
      { kind: 'run', cell: { ...cell, label: '[5]' }, changed: true },
      { kind: 'missing', source: 'import numpy as np\nx = 1' }
    ],
    true,
    trans
  );
  assert.equal(
    note,
    '2 set-up cells changed since: [3], [5] · 1 set-up cell is gone: “import numpy as np” · the training cell changed'
  );
});

test('when and why stand between what happened and what it costs', () => {
  assert.equal(
    headline('m', stopped(), trans, { when: '3 min ago', why: 'the kernel was restarted' }),
    'm stopped after epoch 7, batch 312 of 469 · 3 min ago · the kernel was restarted · 11 s of training to redo'
  );
});

test('cells that are left out are named, and so are those that run', () => {
  const cell = { id: 'a', source: '', label: '[3]', skipped: false };
  const skip = { kind: 'skip' as const, cell: { ...cell, label: '[5]', skipped: true } };
  assert.match(setupNote([skip], false, trans), /kresume-skip: \[5\]/);
  const run = { kind: 'run' as const, cell, changed: false };
  assert.match(
    runsFirst([run, skip, run], trans),
    /^2 set-up cells run again first \(\[3\] \[3\]\)/
  );
});
