import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Signs } from '../../src/runs/liveness';
import { liveness, writerRemains } from '../../src/runs/liveness';

const signs = (values: Partial<Signs>): Signs => ({
  status: 'running',
  writerKernel: 'k1',
  writerStarted: 100,
  restarted: null,
  heartbeatAge: 1,
  ...values
});

test('a beating heart is alive, in whichever kernel', () => {
  assert.equal(liveness(signs({})), 'alive');
  assert.equal(liveness(signs({ writerKernel: null })), 'alive');
});

test('a heart that stands still is dead', () => {
  assert.equal(liveness(signs({ heartbeatAge: 10 })), 'alive');
  assert.equal(liveness(signs({ heartbeatAge: 11 })), 'dead');
});

test('a kernel seen to restart took its run with it, before the heartbeat tells', () => {
  assert.equal(liveness(signs({ restarted: 101 })), 'dead');
});

test('a run that was taken up after the restart is alive', () => {
  assert.equal(liveness(signs({ restarted: 99 })), 'alive');
});

test('without a heartbeat nothing is known', () => {
  assert.equal(liveness(signs({ heartbeatAge: null })), 'unknown');
});

test('a run that ended has no process', () => {
  assert.equal(liveness(signs({ status: 'finished' })), 'dead');
});

test('an interrupted run is its kernel’s until that restarts or another takes its place', () => {
  const writer = { kernel: 'k1', started: 100 };
  assert.ok(writerRemains(writer, 'k1', null));
  assert.ok(writerRemains(writer, 'k1', 50));
  assert.ok(!writerRemains(writer, 'k1', 150));
  assert.ok(!writerRemains(writer, 'k2', null));
  assert.ok(!writerRemains(writer, null, null));
  assert.ok(!writerRemains({ kernel: null, started: 100 }, null, null));
});
