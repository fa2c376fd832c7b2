import assert from 'node:assert/strict';
import { test } from 'node:test';

import { sparkPath } from '../../src/listing/sparkline';

test('a line falls from the upper left to the lower right', () => {
  assert.equal(sparkPath([2, 1]), 'M2.0 2.0L70.0 20.0');
});

test('it breaks where a value is no number, and a lone value is a dot', () => {
  const path = sparkPath([3, NaN, 2, 1, Infinity, 2]);
  assert.equal(path.split('M').length - 1, 3);
  assert.equal(path.split('h0.1').length - 1, 2);
});

test('equal values are a level line, and none is nothing', () => {
  assert.equal(sparkPath([1, 1]), 'M2.0 11.0L70.0 11.0');
  assert.equal(sparkPath([NaN]), '');
  assert.equal(sparkPath([]), '');
});
