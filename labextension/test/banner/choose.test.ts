import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Candidate } from '../../src/banner/choose';
import { anyRunning, belongs, newestKin, offered } from '../../src/banner/choose';
import { RunState } from '../../src/runs/fold';
import type { Status } from '../../src/protocol';
import { header, recorded } from '../events';

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
  const made = header({ name, created, cell: recorded(cell, '') });
  return {
    folder: name,
    header: made,
    state,
    life: status === 'running' ? 'alive' : 'dead',
    writerRemains: false,
    ...values
  };
}

test('a run belongs to the notebook that holds its training cell', () => {
  assert.ok(belongs(header(), new Set(['train']), 'other.ipynb'));
  assert.ok(!belongs(header(), new Set(['else']), 'nb.ipynb'));
  assert.ok(belongs(header({ cell: null }), new Set(), 'nb.ipynb'));
  assert.ok(!belongs(header({ cell: recorded(null, '') }), new Set(), 'other.ipynb'));
});

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
  assert.ok(anyRunning([run('a', 'finished'), run('b', 'running')]));
  assert.ok(!anyRunning([run('a', 'finished'), run('b', 'running', { life: 'dead' })]));
});

test('a run is told the newest of its own training cell, itself if there is none', () => {
  const old = run('net-001', 'running', { life: 'dead' }, 100);
  const all = [old, run('net-002', 'finished', {}, 300), run('net-003', 'finished', {}, 400, 'b')];
  assert.equal(newestKin(old, all).header.name, 'net-002');
  assert.equal(newestKin(old, []).header.name, 'net-001');
});
