import assert from 'node:assert/strict';
import { test } from 'node:test';

import { decodeHeader, decodeEvent } from '../../src/runs/codec';
import { checkDepth } from '../../src/runs/limits';
import { CorruptRecordError } from '../../src/runs/values';

const line = (count: number, logs: object, rates: number[]): string =>
  JSON.stringify({
    type: 'steps',
    time: 1,
    step: 1,
    epoch: 1,
    batch: 1,
    count,
    logs,
    learning_rate: rates
  });

test('a line that claims more steps than it can hold is refused', () => {
  for (const [count, logs] of [
    [1e9, {}],
    [5000, {}],
    [0, {}],
    [-1, {}],
    [2, { loss: [1] }]
  ] as const) {
    assert.throws(() => decodeEvent(line(count, logs, [0.1])), CorruptRecordError, `${count}`);
  }
  assert.ok(decodeEvent(line(3, { loss: [1, 2, 3] }, [0.1])));
});

test('what is nested without end is refused, without recursion', () => {
  const nested = (depth: number): unknown =>
    JSON.parse(`{"x":${'['.repeat(depth)}${']'.repeat(depth)}}`);
  checkDepth(nested(90));
  for (const depth of [101, 5000]) {
    assert.throws(() => {
      checkDepth(nested(depth));
    }, CorruptRecordError);
  }
  assert.throws(() => decodeHeader(JSON.stringify({ schema: 1, fit: nested(200) })));
});
