import assert from 'node:assert/strict';
import { test } from 'node:test';

import { formatTicks, formatValue } from '../../src/ui/numbers';

test('values keep four digits and small ones an exponent', () => {
  const shown = [
    0.31274,
    1,
    0,
    1e-3,
    0.0009,
    3e-4,
    12340,
    2.5e7,
    -0.5,
    NaN,
    Infinity,
    -Infinity
  ].map(formatValue);
  assert.deepEqual(shown, [
    '0.3127',
    '1',
    '0',
    '0.001',
    '9e-4',
    '3e-4',
    '12340',
    '2.5e7',
    '−0.5',
    'NaN',
    '∞',
    '−∞'
  ]);
});

test('the ticks of an axis share their notation and can be told apart', () => {
  assert.deepEqual(formatTicks([0, 0.5, 1]), ['0.0', '0.5', '1.0']);
  assert.deepEqual(formatTicks([0.75, 1, 1.25]), ['0.75', '1.00', '1.25']);
  assert.deepEqual(formatTicks([0, 5e-4, 1e-3]), ['0', '5e-4', '1e-3']);
  assert.deepEqual(formatTicks([9.5e-4, 9.75e-4, 1e-3]), ['9.5e-4', '9.75e-4', '1e-3']);
  assert.deepEqual(formatTicks([10, 20, 30]), ['10', '20', '30']);
  assert.deepEqual(formatTicks([-1, 0]), ['−1', '0']);
  assert.deepEqual(formatTicks([200000, 300000]), ['2e5', '3e5']);
  assert.deepEqual(formatTicks([1]), ['1']);
});
