import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ago } from '../../src/ui/ago';
import { trans } from '../trans';

const at = (...parts: [number, number, number, number, number]): number =>
  new Date(...parts).getTime() / 1000;
const NOON = at(2026, 10, 25, 12, 0);
const told = (time: number): string => ago(time, NOON, trans, 'en-GB');

test('what has just happened is counted', () => {
  assert.equal(told(NOON - 40), '40 s ago');
  assert.equal(told(NOON - 200), '3 min ago');
  assert.equal(told(NOON + 5), '0 s ago');
});

test('what happened hours or days ago has its time of day', () => {
  assert.equal(told(at(2026, 10, 25, 9, 30)), '2 h 30 min ago (09:30)');
  assert.equal(told(at(2026, 10, 24, 23, 12)), 'yesterday 23:12');
  assert.equal(told(at(2026, 10, 20, 23, 12)), '20 Nov, 23:12');
  assert.equal(told(at(2025, 10, 20, 23, 12)), '20 Nov 2025, 23:12');
});

test('late in the evening is yesterday though it is few hours ago', () => {
  assert.equal(
    ago(at(2026, 10, 24, 23, 0), at(2026, 10, 25, 1, 0), trans, 'en-GB'),
    'yesterday 23:00'
  );
});
