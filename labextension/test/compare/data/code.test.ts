/** A run may hold a digest where the other holds the source: that alone is no change. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { codeChanges } from '../../../src/compare/data/code';
import type { ComparedRun } from '../../../src/compare/data/labels';
import type { Cell } from '../../../src/protocol';
import { digest } from '../../../src/runs/masking';

function run(setup: Cell[]): ComparedRun {
  return { header: { setup, cell: setup[0] } } as ComparedRun;
}

test('a digest of the same source is no change', () => {
  const shown: Cell[] = [
    { id: 'a', source: 'x = 1', late: false, place: null },
    { id: null, source: 'plot(x)', late: true, place: null }
  ];
  const hidden = shown.map(cell => ({ ...cell, source: digest(cell.source) }));
  assert.deepEqual(codeChanges(run(shown), run(hidden)), []);
  const other = hidden.map((cell, at) =>
    at === 0 ? cell : { ...cell, source: digest('plot(y)') }
  );
  assert.deepEqual(
    codeChanges(run(shown), run(other)).map(({ change }) => change),
    ['removed', 'added']
  );
});
