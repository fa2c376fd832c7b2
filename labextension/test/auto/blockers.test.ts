import assert from 'node:assert/strict';
import { test } from 'node:test';

import { whyBlocked } from '../../src/auto/blockers';
import { attemptsNote, decisionNote } from '../../src/resume/autoMessages';
import type { NotebookCell, SetupStep } from '../../src/resume/plan';
import { trans } from '../trans';

const cell = (id: string): NotebookCell => ({ id, source: id, label: id, skipped: false });
const run = (id: string, changed = false): SetupStep => ({ kind: 'run', cell: cell(id), changed });
const plan = (setup: SetupStep[], trainingChanged = false): Parameters<typeof whyBlocked>[0] => ({
  setup,
  training: cell('train'),
  trainingChanged
});
const all = (): boolean => true;

test('unchanged and trusted cells may run, and so may a notebook that lacks trust in others', () => {
  assert.equal(whyBlocked(plan([run('a'), run('b')]), all, true, trans), '');
  assert.equal(
    whyBlocked(plan([run('a')]), id => id !== 'elsewhere', true, trans),
    ''
  );
  assert.equal(
    whyBlocked(plan([{ kind: 'skip', cell: cell('a') }]), id => id === 'train', true, trans),
    ''
  );
});

test('what is not trusted, changed or gone needs a person', () => {
  for (const id of ['a', 'train']) {
    assert.match(
      whyBlocked(plan([run('a')]), one => one !== id, true, trans),
      /not trusted/
    );
  }
  assert.match(whyBlocked(plan([run('a', true)]), all, true, trans), /cells changed/);
  assert.match(whyBlocked(plan([run('a')], true), all, true, trans), /cells changed/);
  assert.match(
    whyBlocked(plan([{ kind: 'missing', source: 'x' }]), all, true, trans),
    /cells changed/
  );
  assert.match(
    whyBlocked({ ...plan([]), training: null }, all, true, trans),
    /training cell is gone/
  );
});

test('the settings keep a page from resuming by itself', () => {
  assert.match(whyBlocked(plan([]), all, false, trans), /the settings do not let this page/);
});

test('a decision is told in words', () => {
  const told = (kind: Parameters<typeof decisionNote>[0]['kind']): string =>
    decisionNote({ kind, number: 3, until: 104, vain: 5 }, 100, trans);
  assert.equal(told('wait'), 'Resumes by itself in 4 s, attempt 3');
  assert.match(told('held'), /attempt 3/);
  assert.match(told('capped'), /5 attempts came no further/);
  assert.match(told('failed'), /attempt 3 met an error/);
  assert.equal(told('go'), '');
});

test('the panel tells the last attempt that brought the run on, and those in vain', () => {
  const made = (number: number, outcome: 'resumed' | 'died', by: 'page' | 'server' = 'page') => ({
    schema: 1,
    number,
    by,
    who: '<b>',
    time: 0,
    step: 0,
    checkpoint: null,
    outcome,
    detail: ''
  });
  assert.equal(attemptsNote([], trans), '');
  assert.equal(attemptsNote([made(1, 'died')], trans), '');
  assert.equal(
    attemptsNote([made(1, 'died'), made(2, 'resumed', 'server')], trans),
    'Resumed by itself, attempt 2, with no page open · 1 attempt was in vain'
  );
});
