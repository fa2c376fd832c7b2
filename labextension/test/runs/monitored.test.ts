import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import type { Direction } from '../../src/protocol';
import { bestCheckpoint, bestIndex, directionByName, directionOf } from '../../src/runs/monitored';
import { at, checkpoint } from '../events';

interface Golden {
  names: Record<string, Direction | null>;
  best: {
    what: string;
    checkpoints: {
      epoch: number;
      monitor: string | null;
      value: number | string | null;
      mode: Direction | null;
    }[];
    directions: Record<string, Direction>;
    best: number;
  }[];
}

const PATH = join(process.cwd(), '..', '..', 'tests', 'golden', 'directions.json');
const golden = JSON.parse(readFileSync(PATH, 'utf8')) as Golden;

test('what a name tells is what it tells in Python', () => {
  const told = Object.keys(golden.names).map(name => [name, directionByName(name)]);
  assert.deepEqual(Object.fromEntries(told), golden.names);
});

for (const { what, checkpoints, directions, best } of golden.best) {
  test(`the best checkpoint: ${what}`, () => {
    const there = checkpoints.map(({ epoch, monitor, value, mode }) =>
      checkpoint(`epoch-${epoch}.keras`, at(epoch, 0, epoch), {
        ...{ monitor, mode },
        value: value === null ? null : Number(value)
      })
    );
    assert.equal(bestCheckpoint(there, directions)?.position.epoch, best);
  });
}

test('without a value there is no best', () => {
  assert.equal(bestCheckpoint([], {}), null);
  assert.equal(bestIndex([NaN], 'max'), -1);
  assert.equal(bestIndex([NaN, -Infinity], 'max'), 1);
  assert.equal(bestIndex([Infinity, 1], 'max'), 1);
});

test('what is stored counts, then the name; else more is better', () => {
  assert.equal(directionOf('val_accuracy', 'min'), 'min');
  assert.equal(directionOf('val_mae', null), 'min');
  assert.equal(directionOf('misses', null), 'max');
});
