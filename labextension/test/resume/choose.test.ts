import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Candidate } from '../../src/resume/choose';
import { anyRunning, newestKin, offered, ordinal, present, sure } from '../../src/resume/choose';
import { RunState } from '../../src/runs/fold';
import type { Status } from '../../src/protocol';
import { header, recorded, WRITER } from '../events';

const PLACES = ['train', 'another cell', 'one', 'two', 'three', 'b'];

function run(
  name: string,
  status: Status,
  values: Partial<Candidate> = {},
  created = 100,
  cell = 'train'
): Candidate {
  const state = new RunState();
  state.status = status;
  state.updated = created + 10;
  const writer = { ...WRITER, started: created };
  const made = header({ name, created, cell: recorded(cell, ''), writer });
  return {
    folder: name,
    header: made,
    state,
    life: status === 'running' ? 'alive' : 'dead',
    writerRemains: false,
    brokeOff: false,
    cell: { place: PLACES.indexOf(cell), sure: true },
    ...values
  };
}

test('a dead run is offered, a living or finished one is not', () => {
  assert.equal(offered([run('a', 'running', { life: 'dead' })])?.folder, 'a');
  assert.equal(offered([run('a', 'running')]), null);
  assert.equal(offered([run('a', 'running', { life: 'unknown' })]), null);
  assert.equal(offered([run('a', 'finished')]), null);
});

test('an interrupted or failed run is offered once its process is gone', () => {
  for (const status of ['interrupted', 'failed'] as const) {
    assert.equal(offered([run('a', status)])?.folder, 'a');
    assert.equal(offered([run('a', status, { writerRemains: true })]), null);
  }
});

test('a run that finished is offered if its cell broke off after it, and only then', () => {
  const finished = run('a', 'finished', { brokeOff: true }, 100);
  const later = run('b', 'finished', { brokeOff: true }, 200);
  assert.equal(offered([finished])?.folder, 'a');
  assert.equal(offered([finished, later])?.folder, 'b');
  // The cell has trained something else since, under another name.
  const other = run('c', 'finished', {}, 200);
  assert.equal(offered([finished, { ...other, header: { ...other.header, base: 'c' } }]), null);
  // Of one cell a training that stopped comes first.
  const killed = run('c', 'running', { life: 'dead' }, 100);
  const named = { ...killed, header: { ...killed.header, base: 'c' } };
  assert.equal(offered([later, named])?.folder, 'c');
  assert.equal(offered([run('a', 'finished', { brokeOff: true, cell: null })]), null);
});

test('a newer run of the same cell replaced the older one', () => {
  const old = run('a', 'running', { life: 'dead' }, 100);
  assert.equal(offered([old, run('b', 'finished', {}, 200)]), null);
  assert.equal(offered([old, run('b', 'finished', {}, 200, 'another cell')])?.folder, 'a');
});

test('of two cells’ runs the one that stopped last is offered', () => {
  const dead = { life: 'dead' } as const;
  const found = offered([
    run('a', 'running', dead, 100, 'one'),
    run('b', 'running', dead, 300, 'two'),
    run('c', 'running', dead, 200, 'three')
  ]);
  assert.equal(found?.folder, 'b');
});

test('a heart must be listened to while a run may be under way', () => {
  assert.ok(anyRunning([run('a', 'finished'), run('b', 'running')], 200));
  assert.ok(!anyRunning([run('a', 'finished'), run('b', 'running', { life: 'dead' })], 200));
});

test('of a run whose process was told to end its end is awaited, for a minute', () => {
  const told = run('a', 'interrupted', { writerRemains: true });
  told.state.reason = 'terminated';
  assert.ok(anyRunning([told], told.state.updated + 5));
  assert.ok(!anyRunning([told], told.state.updated + 100));
  assert.ok(!anyRunning([{ ...told, writerRemains: false }], told.state.updated + 5));
  assert.ok(!anyRunning([run('b', 'interrupted', { writerRemains: true })], 115));
});

test('a run is told the newest of its own training cell, itself if there is none', () => {
  const old = run('net-001', 'running', { life: 'dead' }, 100);
  const all = [old, run('net-002', 'finished', {}, 300), run('net-003', 'finished', {}, 400, 'b')];
  assert.equal(newestKin(old, all).header.name, 'net-002');
  assert.equal(newestKin(old, []).header.name, 'net-001');
});

/** The n-th call of an execution. */
function call(
  number: number,
  status: Status,
  execution = 'e',
  values: Partial<Candidate> = {}
): Candidate {
  const made = run(`${execution}-${number}`, status, values, 100 * number);
  return { ...made, header: { ...made.header, execution, call: number } };
}

const DEAD = { life: 'dead' } as const;

test('of an execution the broken training is offered, though finished ones are as new', () => {
  const all = [call(1, 'finished'), call(2, 'finished'), call(3, 'running', 'e', DEAD)];
  assert.equal(offered(all)?.folder, 'e-3');
  assert.deepEqual(
    all.map(one => ordinal(one, all)),
    [1, 2, 3]
  );
});

test('a newer execution of the cell replaced all runs of the one before', () => {
  const old = [call(1, 'finished'), call(2, 'running', 'e', DEAD)];
  const again = { ...call(1, 'finished', 'f') };
  again.header = { ...again.header, writer: { ...WRITER, started: 900 } };
  assert.equal(offered([...old, again]), null);
  assert.deepEqual(
    present([...old, again]).map(({ folder }) => folder),
    ['f-1']
  );
});

test('a training that was begun anew in an execution replaced the run before', () => {
  const first = call(1, 'running', 'e', DEAD);
  const anew = { ...call(1, 'finished'), folder: 'anew' };
  anew.header = { ...anew.header, created: 500, writer: { ...WRITER, started: 500 } };
  assert.equal(offered([first, anew]), null);
  assert.equal(ordinal(anew, [first, anew]), 0);
});

test('a run under a name of its own is one of its cell’s trainings, too', () => {
  const [one, two] = [call(1, 'finished'), call(1, 'running', 'e', DEAD)];
  one.header = { ...one.header, base: 'low', created: 50 };
  assert.equal(ordinal(two, [one, two]), 2);
  assert.equal(offered([one, two]), two);
});

test('earlier trainings that were not read count, too', () => {
  const third = call(3, 'running', 'e', DEAD);
  assert.equal(ordinal(third, [third]), 3);
  assert.equal(ordinal(call(1, 'running'), [call(1, 'running')]), 0);
});

test('a run that only the place of its cell speaks for yields to one that is the cell’s for sure', () => {
  const guessed = { ...run('a', 'running', DEAD), cell: { place: 0, sure: false } };
  assert.equal(sure([guessed]).length, 1);
  assert.deepEqual(
    sure([guessed, run('b', 'finished')]).map(({ folder }) => folder),
    ['b']
  );
});
