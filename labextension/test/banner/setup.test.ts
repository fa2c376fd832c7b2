import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { NotebookCell } from '../../src/banner/setup';
import { planSetup } from '../../src/banner/setup';

const cell = (id: string, source: string, skipped = false): NotebookCell => ({
  id,
  source,
  label: `[${id}]`,
  skipped
});

test('cells run in the recorded order, found by id or else by source', () => {
  const cells = [cell('b', 'two'), cell('x', 'one'), cell('c', 'changed')];
  const steps = planSetup(
    [
      { id: 'a', source: 'one' },
      { id: 'b', source: 'two' },
      { id: 'c', source: 'three' },
      { id: 'd', source: 'four' }
    ],
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
    [
      { id: 'a', source: 'one' },
      { id: 'b', source: 'two' },
      { id: null, source: 'two' }
    ],
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
    { id: 'a', source: 'x = 1', late: true },
    { id: 'b', source: 'plot()', late: true },
    { id: 'gone', source: 'look()', late: true },
    { id: 't', source: 'fit()' }
  ];
  const steps = planSetup(setup, [above, training, below], training);
  assert.deepEqual(steps, [{ kind: 'run', cell: above, changed: false }]);
  const early = setup.map(one => ({ ...one, late: false }));
  const kinds = planSetup(early, [above, training, below], training).map(step => step.kind);
  assert.deepEqual(kinds, ['run', 'run', 'missing']);
});
