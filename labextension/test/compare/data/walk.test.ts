import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Drawn } from '../../../src/compare/data/geometry';
import { stepOf } from '../../../src/compare/data/walk';

function drawn(key: string, length: number, from = 0): Drawn {
  const x = Float64Array.from({ length }, (_, row) => row + 1);
  const curve = { key, epoch: Array.from(x), x, y: x, best: x, inherited: 0 };
  return { curve, y: x, faint: null, stepped: false, from };
}

const two = [drawn('a', 40), drawn('b', 20, 5)];
const at = (key: string, row: number) => ({ key, row });

function went(key: string, run: string | null, row: number | null): [string, number] | string {
  const step = stepOf(key, two, run, run === null || row === null ? null : at(run, row));
  return step === null
    ? 'nothing'
    : step.do === 'go'
      ? [step.drawn.curve.key, step.row]
      : step.do === 'choose'
        ? `choose ${step.drawn.curve.key} ${step.row}`
        : step.do;
}

test('keys go along a curve and stop at its ends', () => {
  assert.deepEqual(went('ArrowRight', 'a', 3), ['a', 4]);
  assert.deepEqual(went('ArrowRight', 'a', 39), ['a', 39]);
  assert.deepEqual(went('ArrowLeft', 'b', 5), ['b', 5]);
  assert.deepEqual(went('PageDown', 'a', 3), ['a', 7]);
  assert.deepEqual(went('PageUp', 'a', 3), ['a', 0]);
  assert.deepEqual(went('Home', 'b', 12), ['b', 5]);
  assert.deepEqual(went('End', 'b', 12), ['b', 19]);
});

test('the first key takes up the first curve at its end', () => {
  assert.deepEqual(went('ArrowRight', null, null), ['a', 39]);
  assert.deepEqual(went('ArrowLeft', null, null), ['a', 38]);
});

test('keys go to the curve beside, to what is closest there, and around', () => {
  assert.deepEqual(went('ArrowDown', 'a', 10), ['b', 10]);
  assert.deepEqual(went('ArrowDown', 'a', 35), ['b', 19]);
  assert.deepEqual(went('ArrowUp', 'a', 10), ['b', 10]);
  assert.deepEqual(went('ArrowDown', 'b', 7), ['a', 7]);
});

test('Enter and space ask, Escape leaves, other keys are somebody else’s', () => {
  assert.equal(went('Enter', 'b', 7), 'choose b 7');
  assert.equal(went(' ', 'a', 2), 'choose a 2');
  assert.equal(went('Escape', 'a', 2), 'leave');
  assert.equal(went('x', 'a', 2), 'nothing');
  assert.equal(stepOf('End', [], null, null), null);
});
