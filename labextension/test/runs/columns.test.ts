import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Column } from '../../src/runs/column';
import { StepTable } from '../../src/runs/columns';

/** A table of so many steps, ten an epoch, that may hold `most` numbers. */
function table(losses: readonly number[], most?: number): StepTable {
  const steps = new StepTable(most);
  for (let row = 0; row < losses.length; row += 10) {
    const part = losses.slice(row, row + 10);
    const first = { step: row + 1, epoch: row / 10 + 1, batch: 1 };
    steps.append(first, part.length, { loss: part }, [0.1], 10);
  }
  return steps;
}

test('gaps and values without a logarithm are counted, whatever becomes of the column', () => {
  const column = new Column();
  column.append([1, NaN, 0, -2, Infinity]);
  assert.deepEqual([column.gaps, column.nonPositive], [2, 2]);
  column.keep([0, 1, 3]);
  assert.deepEqual([...column.values], [1, NaN, -2]);
  assert.deepEqual([column.gaps, column.nonPositive], [1, 1]);
});

test('a metric that comes late or goes early is padded with gaps', () => {
  const steps = new StepTable();
  steps.append({ step: 1, epoch: 1, batch: 1 }, 2, { a: [1, 2] }, [0.1, 0.2], 4);
  steps.append({ step: 3, epoch: 1, batch: 3 }, 1, { b: [3] }, [0.3], 4);
  assert.deepEqual([...(steps.metrics.get('a')?.values ?? [])], [1, 2, NaN]);
  assert.deepEqual([...(steps.metrics.get('b')?.values ?? [])], [NaN, NaN, 3]);
  assert.deepEqual([...steps.learningRate.values], [0.1, 0.2, 0.3]);
  assert.deepEqual([...steps.x.values], [0.25, 0.5, 0.75]);
});

test('a table never grows beyond what it may hold, and its extremes stay exact', () => {
  const losses = Array.from({ length: 20_000 }, (_, row) => Math.sin(row));
  losses[1234] = 99;
  losses[5678] = -99;
  losses[9012] = NaN;
  const steps = table(losses, 6 * 4000);
  assert.ok(steps.length <= 4000, `${steps.length} rows`);
  const loss = steps.metrics.get('loss')?.values ?? new Float64Array(0);
  assert.ok(loss.includes(99) && loss.includes(-99) && loss.includes(NaN));
  const numbers = [...steps.step.values];
  assert.ok(numbers.every((number, row) => row === 0 || number > (numbers[row - 1] ?? 0)));
  assert.equal(numbers.at(-1), 20_000);
  assert.equal(numbers[loss.indexOf(99)], 1235, 'the first metric’s stay where they are');
  assert.ok(steps.summarised > 0 && steps.summarised < 20_000);
  assert.deepEqual([...loss.slice(-1000)], losses.slice(-1000), 'the newest are all there');
});

test('steps that a resume does again are dropped from a summarised table, too', () => {
  const steps = table(
    Array.from({ length: 10_000 }, (_, row) => row),
    6 * 4000
  );
  steps.dropAfter(700);
  assert.ok([...steps.step.values].every(step => step <= 700));
  assert.ok(steps.summarised <= 700);
});
