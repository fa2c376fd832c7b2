import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Silence } from '../../src/resume/kernelHealth';

function verdicts(wanted: 'busy' | 'idle', states: (string | null)[]): string[] {
  const silence = new Silence(wanted);
  return states.map(state => silence.heard(state));
}

test('a kernel that the server has no more, or calls dead, is gone', () => {
  assert.deepEqual(verdicts('busy', ['busy', null]), ['fine', 'gone']);
  assert.deepEqual(verdicts('idle', ['starting', 'dead']), ['fine', 'gone']);
});

test('a cell that runs for hours is not given up', () => {
  assert.ok(verdicts('busy', Array<string>(5000).fill('busy')).every(one => one === 'fine'));
});

test('a cell of which an idle kernel knows nothing is given up', () => {
  const states = ['busy', 'idle', 'idle', 'busy', 'idle', 'idle', 'idle', 'idle', 'idle'];
  assert.equal(verdicts('busy', states).indexOf('gone'), 8);
});

test('a page that does not hear that its kernel is idle connects anew, then gives up', () => {
  const told = verdicts('idle', Array<string>(5).fill('idle'));
  assert.deepEqual(told, ['fine', 'reconnect', 'fine', 'fine', 'gone']);
});

test('a kernel may take its time to start', () => {
  const told = verdicts('idle', Array<string>(20).fill('starting'));
  assert.equal(told.indexOf('gone'), 19);
});

test('a kernel that says busy for long is asked, less and less often, only if it should be idle', () => {
  const waiting = new Silence('idle');
  const asked = Array.from({ length: 16 }, () => waiting.heard('busy'));
  const looks = asked.flatMap((verdict, index) => (verdict === 'ask' ? [index + 1] : []));
  assert.deepEqual(looks, [2, 4, 8, 16]);
  const running = new Silence('busy');
  assert.ok(Array.from({ length: 16 }, () => running.heard('busy')).every(one => one === 'fine'));
});
