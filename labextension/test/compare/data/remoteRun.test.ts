import '../../require';

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FollowedRun } from '../../../src/compare/data/remoteRun';
import { MissingFileError } from '../../../src/runs/tail';
import { at, end, epoch, header, start } from '../../events';
import { trans } from '../../trans';

const EVENTS = [start(), epoch(1), epoch(2), end('finished', at(2, 0, 20))];
const JOURNAL = EVENTS.map(event => `${JSON.stringify(event)}\n`).join('');

function history(epochs: number, status: string, journal: number): string {
  const numbers = Array.from({ length: epochs }, (_, row) => row + 1);
  return JSON.stringify({
    loss: numbers.map(() => 0.5),
    kresume: {
      schema: 1,
      name: 'mnist-001',
      status,
      reason: '',
      epochs: 2,
      batches: 10,
      position: at(epochs, 0, 10 * epochs),
      epoch: numbers,
      learning_rate: numbers.map(() => 0.1),
      resumes: [],
      checkpoints: [],
      updated: 100,
      step: numbers.map(number => 10 * number),
      time: numbers.map(number => 100 + number),
      seconds: numbers,
      inherited: 0,
      lacking: {},
      journal
    }
  });
}

/** A run folder, and how long ago its heart beat. */
class Files {
  age: number | null = 1;

  constructor(readonly texts: Record<string, string>) {}

  text(path: string): Promise<string> {
    const found = this.texts[path.slice(path.lastIndexOf('/') + 1)];
    return found === undefined
      ? Promise.reject(new MissingFileError(path))
      : Promise.resolve(found);
  }

  range(path: string) {
    return async (from: number): Promise<Response> =>
      new Response((await this.text(path)).slice(from), { status: from === 0 ? 200 : 206 });
  }

  heartbeatAge(): Promise<number | null> {
    return Promise.resolve(this.age);
  }

  list(): Promise<{ name: string; bytes: number }[]> {
    return Promise.resolve(
      Object.entries(this.texts).map(([name, text]) => ({ name, bytes: text.length }))
    );
  }
}

const RUN = JSON.stringify(header());

function epochsOf(run: FollowedRun): number[] {
  assert.ok(run.known.run.summary);
  return run.known.run.summary.epoch;
}

function followed(files: Files): FollowedRun {
  return new FollowedRun('runs/mnist-001', files, { restartOf: () => null }, trans);
}

test('run.json and history.json are enough for a run that has ended', async () => {
  const files = new Files({
    'run.json': RUN,
    'history.json': history(2, 'finished', JOURNAL.length),
    'journal.jsonl': JOURNAL
  });
  const run = followed(files);
  assert.ok(await run.read());
  assert.deepEqual(run.known.run.history, { loss: [0.5, 0.5] });
  assert.equal(await run.complete(), false);
  assert.equal(run.live, false);
});

test('what the journal has and history.json has not is read when nobody writes any more', async () => {
  const files = new Files({
    'run.json': RUN,
    'history.json': history(1, 'running', 5),
    'journal.jsonl': JOURNAL
  });
  files.age = 3600;
  const run = followed(files);
  await run.read();
  assert.deepEqual(epochsOf(run), [1]);
  assert.ok(await run.complete());
  assert.deepEqual(epochsOf(run), [1, 2]);
  assert.equal(run.known.run.summary?.status, 'finished');
});

test('without a history.json the journal tells all of it', async () => {
  const run = followed(new Files({ 'run.json': RUN, 'journal.jsonl': JOURNAL }));
  await run.read();
  assert.deepEqual(epochsOf(run), [1, 2]);
  assert.equal(run.known.run.summary?.seconds.length, 2);
});

test('a run that is being written is followed, and is lost when its heart stands still', async () => {
  const files = new Files({ 'run.json': RUN, 'history.json': history(1, 'running', 5) });
  const run = followed(files);
  await run.read();
  assert.ok(run.live);
  assert.equal(await run.refresh(), false);
  files.texts['history.json'] = history(2, 'running', 9);
  assert.ok(await run.refresh());
  assert.deepEqual(epochsOf(run), [1, 2]);
  files.age = 60;
  files.texts['journal.jsonl'] = JSON.stringify(start()) + '\n';
  assert.ok(await run.refresh());
  assert.ok(run.known.lost);
});

test('its title is the one in marks.json', async () => {
  const files = new Files({
    'run.json': RUN,
    'history.json': history(1, 'finished', 0),
    'marks.json': '{"schema": 1, "title": "With dropout", "pinned": false, "checkpoints": []}'
  });
  const run = followed(files);
  await run.read();
  assert.ok(await run.complete());
  assert.equal(run.known.run.title, 'With dropout');
});

test('why a run cannot be read is said', async () => {
  const problems: [Record<string, string>, RegExp][] = [
    [{}, /is not there/],
    [{ 'run.json': '{"schema": 99}' }, /version 99.*up to version 1/],
    [{ 'run.json': '{' }, /damaged/]
  ];
  for (const [texts, words] of problems) {
    const run = followed(new Files(texts));
    await run.read();
    assert.match(run.known.run.problem, words);
    assert.equal(run.known.run.header, null);
  }
});

test('a run that was told by its extremes is read whole when that is wanted', async () => {
  const files = new Files({
    'run.json': RUN,
    'history.json': history(2, 'finished', JOURNAL.length),
    'journal.jsonl': JOURNAL
  });
  const whole = followed(files);
  await whole.read();
  const run = followed(files);
  const { summary } = whole.known.run;
  assert.ok(summary);
  const thin = { ...whole.known.run, summary: { ...summary, epoch: [2] }, thinned: 2 };
  await run.read(() => Promise.resolve(thin));
  assert.ok(run.thin);
  assert.deepEqual(epochsOf(run), [2]);
  assert.equal(await run.complete(), false);

  const { 'history.json': kept, ...others } = files.texts;
  Object.assign(files.texts, { 'history.json': '{' });
  delete files.texts['journal.jsonl'];
  assert.equal(await run.whole(), false);
  assert.ok(run.thin); // What was told stays.

  Object.assign(files.texts, { 'history.json': kept, ...others });
  assert.ok(await run.whole());
  assert.ok(!run.thin);
  assert.deepEqual(epochsOf(run), [1, 2]);
});

test('where nobody can tell extremes, or only why there are none, the files are read', async () => {
  const files = new Files({
    'run.json': RUN,
    'history.json': history(2, 'finished', JOURNAL.length),
    'journal.jsonl': JOURNAL
  });
  const run = followed(files);
  await run.read(() => Promise.resolve(null));
  assert.deepEqual(epochsOf(run), [1, 2]);
  const again = followed(files);
  const unreadable = { ...run.known.run, header: null, summary: null, problem: 'damaged' };
  await again.read(() => Promise.resolve(unreadable));
  assert.deepEqual(epochsOf(again), [1, 2]);
});
