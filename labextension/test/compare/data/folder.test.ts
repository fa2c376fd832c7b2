import '../../require';

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FolderSource, outlineBy } from '../../../src/compare/data/folder';
import type { Known } from '../../../src/compare/data/model';
import { CompareModel } from '../../../src/compare/data/model';
import { MissingFileError } from '../../../src/runs/tail';
import { at, header } from '../../events';
import { trans } from '../../trans';

function summary(epochs: number[]): object {
  return {
    ...{ schema: 1, name: 'a', status: 'finished', reason: '', epochs: 4, batches: 10 },
    ...{ position: at(4, 0, 40), epoch: epochs, resumes: [], checkpoints: [], updated: 1 },
    learning_rate: epochs.map(() => 0.1),
    step: epochs,
    time: epochs,
    seconds: epochs
  };
}

/** Every folder holds the same run of four epochs. */
const files = {
  read: [] as string[],
  text(path: string): Promise<string> {
    this.read.push(path);
    if (path.endsWith('run.json')) {
      return Promise.resolve(JSON.stringify(header()));
    }
    return path.endsWith('history.json')
      ? Promise.resolve(JSON.stringify({ loss: [4, 1, 3, 2], kresume: summary([1, 2, 3, 4]) }))
      : Promise.reject(new MissingFileError(path));
  },
  range: () => () => Promise.reject(new MissingFileError('journal.jsonl')),
  heartbeatAge: () => Promise.resolve(null),
  list: () => Promise.resolve([])
};

const server = {
  available: Promise.resolve(true),
  get: (_: string, { run }: Record<string, string> = {}) =>
    Promise.resolve(
      JSON.stringify({
        key: run,
        header: header(),
        summary: summary([2, 4]),
        history: { loss: [1, 2] },
        thinned: 4
      })
    )
};

function modelOf(count: number, view = {}): CompareModel {
  files.read = [];
  const keys = Array.from({ length: count }, (_, index) => `runs/a-${index}`);
  const source = new FolderSource(files, { restartOf: () => null }, trans, outlineBy(server));
  return new CompareModel(keys, view, source);
}

function until(model: CompareModel, condition: () => boolean): Promise<void> {
  return new Promise(resolve => {
    const look = (): void => {
      if (condition()) {
        model.changed.disconnect(look);
        resolve();
      }
    };
    model.changed.connect(look);
    look();
  });
}

const epochs = (model: CompareModel): number[] =>
  model.runs.map(({ summary }) => summary?.epoch.length ?? 0);

test('many runs come as their extremes, and whole when all of them are wanted', async () => {
  const model = modelOf(13);
  await until(model, () => model.complete);
  assert.ok(model.thinned);
  assert.deepEqual(new Set(epochs(model)), new Set([2]));
  assert.deepEqual(files.read, []);
  await model.whole();
  assert.ok(!model.thinned);
  assert.deepEqual(new Set(epochs(model)), new Set([4]));
  model.dispose();
});

test('an average and a best so far are of all values', async () => {
  for (const view of [{ smoothing: 0.9 }, { best: true }]) {
    const model = modelOf(13, view);
    await until(model, () => model.complete && !model.thinned);
    assert.deepEqual(new Set(epochs(model)), new Set([4]));
    model.dispose();
  }
});

test('a few runs are read whole at once', async () => {
  const model = modelOf(2);
  await until(model, () => model.complete);
  assert.ok(!model.thinned);
  assert.deepEqual(epochs(model), [4, 4]);
  model.dispose();
});

test('without the extension, and where it fails, files are read', async () => {
  const ways = [
    { ...server, available: Promise.resolve(false) },
    { ...server, get: () => Promise.reject(new Error('404')) },
    { ...server, get: () => Promise.resolve('<html>') }
  ];
  for (const way of ways) {
    assert.equal(await outlineBy(way)('runs/a'), null);
  }
});

test('what is disposed of tells nothing more', async () => {
  const told: Known[] = [];
  const source = new FolderSource(files, { restartOf: () => null }, trans);
  const following = source.follow(['runs/a'], news => told.push(...news));
  following.dispose();
  await following.whole();
  assert.deepEqual(told, []);
});
