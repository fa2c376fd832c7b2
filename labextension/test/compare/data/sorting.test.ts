import assert from 'node:assert/strict';
import { test } from 'node:test';

import { shortened } from '../../../src/compare/data/shortened';
import type { DiffLine } from '../../../src/compare/data/code';
import { columnsOf, sorted } from '../../../src/compare/data/sorting';
import type { Row } from '../../../src/compare/data/table';
import { tableOf } from '../../../src/compare/data/table';

function row(key: string, best: number | null, more: Partial<Row> = {}): Row {
  const run = { key, title: '', header: null, summary: null, history: {}, problem: '', thinned: 0 };
  const [made] = tableOf([run], 'loss');
  assert.ok(made);
  return { ...made, best: best === null ? null : { value: best, epoch: 1 }, ...more };
}

const rows = [row('a', 2), row('b', null), row('c', 1), row('d', NaN), row('e', 2)];
const keys = (some: readonly Row[]): string => some.map(({ key }) => key).join('');

test('rows go up, down and back; what is no number comes last, and equals stay in order', () => {
  assert.equal(keys(sorted(rows, 'best', false)), 'caebd');
  assert.equal(keys(sorted(rows, 'best', true)), 'aecbd');
  assert.equal(keys(sorted(rows, '', false)), 'abcde');
  assert.equal(keys(sorted(rows, '<no column>', true)), 'abcde');
});

test('names are sorted as people count', () => {
  const named = ['x-10', 'x-9', 'x-100'].map(label => row(label, null, { label }));
  assert.equal(
    sorted(named, 'label', false)
      .map(({ label }) => label)
      .join(),
    'x-9,x-10,x-100'
  );
});

test('a column that says nothing of any run is left out', () => {
  const columns = columnsOf([row('a', 1, { optimizer: 'Adam' })]);
  assert.ok(columns.includes('optimizer'));
  assert.ok(!columns.includes('device'));
  assert.ok(columns.includes('final'));
});

test('long stretches of a diff that are the same are counted', () => {
  const lines: DiffLine[] = Array.from({ length: 30 }, (_, n) => [n === 15 ? '+' : ' ', String(n)]);
  const shown = shortened(lines);
  assert.equal(shown[0], 12);
  assert.deepEqual(shown[1], [' ', '12']);
  assert.equal(shown[shown.length - 1], 11);
  assert.equal(shown.length, 9);
  const total = shown.reduce((sum: number, one) => sum + (typeof one === 'number' ? one : 1), 0);
  assert.equal(total, 30);
});
