import assert from 'node:assert/strict';
import { test } from 'node:test';

import { cause } from '../../src/banner/cause';
import type { Death } from '../../src/protocol';
import type { Decoded } from '../../src/runs/values';
import { trans } from '../trans';

const WRITER = { kernel: 'k', host: 'here', started: 100 };
const LAST = 200;

function told(death: Partial<Decoded<Death>> | null, machine = {}, writer = WRITER): string {
  const full = death && { time: 210, status: null, asked: null, memory: false, ...death };
  const known = { schema: 1, host: 'here', started: 50, booted: 10, death: full, ...machine };
  return cause(known, writer, LAST, trans);
}

test('where nobody saw the end nothing is said', () => {
  assert.equal(cause(null, WRITER, LAST, trans), '');
  assert.equal(told(null), '');
  assert.equal(told({}), '');
});

test('signals and exit statuses are told for what they are', () => {
  assert.match(told({ status: -9 }), /was killed \(SIGKILL\)/);
  assert.match(told({ status: -11 }), /invalid memory access \(SIGSEGV\)/);
  assert.match(told({ status: -6 }), /SIGABRT/);
  assert.match(told({ status: -50 }), /signal 50/);
  assert.match(told({ status: 0 }), /ended by itself, exit status 0/);
  assert.match(told({ status: 3 }), /exit status 3/);
});

test('want of memory is said with its doubt', () => {
  assert.match(told({ status: -9, memory: true }), /^probably out of memory/);
});

test('what a person asked for is no accident', () => {
  assert.equal(told({ asked: 'restart' }), 'the kernel was restarted');
  assert.equal(told({ asked: 'shutdown' }), 'the kernel was shut down');
});

test('a server or a machine that began after the last sign of life is the cause', () => {
  assert.match(told(null, { started: 300 }), /server has been restarted/);
  assert.match(told(null, { started: 300, booted: 250 }), /machine has been restarted/);
});

test('but not for a run of another machine, nor for a script that is no kernel', () => {
  assert.equal(told(null, { started: 300, booted: 250, host: 'there' }), '');
  assert.equal(told(null, { started: 300 }, { ...WRITER, kernel: null as unknown as string }), '');
});
