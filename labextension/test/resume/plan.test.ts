import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { NotebookCell } from '../../src/resume/plan';
import { planSetup } from '../../src/resume/plan';
import { recorded } from '../events';

const cell = (id: string, source: string, skipped = false): NotebookCell => ({
  id,
  source,
  label: `[${id}]`,
  skipped
});

test('cells run in the recorded order, found by id or else by source', () => {
  const cells = [cell('b', 'two'), cell('x', 'one'), cell('c', 'changed')];
  const steps = planSetup(
    [recorded('a', 'one'), recorded('b', 'two'), recorded('c', 'three'), recorded('d', 'four')],
    cells,
    null
  );
  assert.deepEqual(steps, [
    { kind: 'run', cell: cells[1], changed: false },
    { kind: 'run', cell: cells[0], changed: false },
    { kind: 'run', cell: cells[2], changed: true },
    { kind: 'missing', source: 'four' }
  ]);
});

test('a tagged cell is skipped, and no cell runs twice', () => {
  const cells = [cell('a', 'one', true), cell('b', 'two')];
  const steps = planSetup(
    [recorded('a', 'one'), recorded('b', 'two'), recorded(null, 'two')],
    cells,
    null
  );
  assert.deepEqual(
    steps.map(step => step.kind),
    ['skip', 'run']
  );
});

test('a cell that first ran after the training runs only if it stands above it', () => {
  const [above, training, below] = [
    cell('a', 'x = 1'),
    cell('t', 'fit()'),
    cell('b', 'plot()')
  ] as const;
  const setup = [
    recorded('a', 'x = 1', true),
    recorded('b', 'plot()', true),
    recorded('gone', 'look()', true),
    recorded('t', 'fit()')
  ];
  const steps = planSetup(setup, [above, training, below], training);
  assert.deepEqual(steps, [{ kind: 'run', cell: above, changed: false }]);
  const early = setup.map(one => ({ ...one, late: false }));
  const kinds = planSetup(early, [above, training, below], training).map(step => step.kind);
  assert.deepEqual(kinds, ['run', 'run', 'missing']);
});
