import '../../require';

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import type { ComparedRun } from '../../../src/compare/data/labels';
import { pointOf } from '../../../src/compare/data/points';
import { shadeOf, shareWords, span } from '../../../src/compare/weights/shades';
import { decodeCompared } from '../../../src/compare/data/codec';
import { at, checkpoint } from '../../events';

const GOLDEN = join(process.cwd(), '..', '..', 'tests', 'golden', 'compare', 'forks.json');
const { runs: golden } = JSON.parse(readFileSync(GOLDEN, 'utf8')) as { runs: unknown[] };

/** The golden forks, each keeping checkpoints after these epochs. */
function keeping(epochs: Record<string, number[]>): ComparedRun[] {
  return golden.map(decodeCompared).map(run => {
    assert.ok(run.summary);
    const checkpoints = (epochs[run.key] ?? []).map(epoch =>
      checkpoint(`epoch-000${epoch}.keras`, at(epoch, 0, 4 * epoch))
    );
    return { ...run, summary: { ...run.summary, checkpoints } };
  });
}

test('a point has the checkpoint of its epoch, or else the one before it, or the first after', () => {
  const runs = keeping({ 'runs/net-001': [1, 3] });
  const file = (epoch: number): string | undefined =>
    pointOf(runs, 'runs/net-001', epoch)?.checkpoint?.file;
  assert.equal(file(3), 'epoch-0003.keras');
  assert.equal(file(2), 'epoch-0001.keras');
  assert.equal(
    pointOf(keeping({ 'runs/net-001': [2] }), 'runs/net-001', 1)?.checkpoint?.position.epoch,
    2
  );
  assert.equal(pointOf(keeping({}), 'runs/net-001', 1)?.checkpoint, null);
  assert.equal(pointOf(runs, 'runs/gone', 1), null);
});

test('an epoch that a fork copied is its parent’s, through generations', () => {
  const runs = keeping({ 'runs/net-001': [2], 'runs/net-003': [3], 'runs/net-002': [4] });
  const owner = (epoch: number): string | undefined =>
    pointOf(runs, 'runs/net-002', epoch)?.run.key;
  assert.deepEqual([1, 2, 3, 4].map(owner), [
    'runs/net-001',
    'runs/net-001',
    'runs/net-003',
    'runs/net-002'
  ]);
});

test('a layer that stands still has no shade, the one that moves most has all of it', () => {
  const range = span([0, 1e-9, 0.001, 0.1, NaN, Infinity]);
  assert.equal(shadeOf(0, range), 0);
  assert.equal(shadeOf(NaN, range), 0);
  assert.ok(shadeOf(0.001, range) < shadeOf(0.01, range));
  assert.equal(shadeOf(0.1, range), 1);
  assert.equal(shadeOf(Infinity, range), 1);
  assert.ok(shadeOf(0.5, span([])) > 0);
});

test('shares are told in percent', () => {
  assert.deepEqual([0, 0.123, 0.00001, NaN, Infinity].map(shareWords), [
    '0 %',
    '12 %',
    '<0.01 %',
    '–',
    '∞'
  ]);
});
