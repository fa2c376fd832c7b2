import '../require';

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Signal } from '@lumino/signaling';

import type { RunSource } from '../../src/runs/folder';
import { FolderModel } from '../../src/runs/folder';
import { TORN } from '../../src/runs/limits';
import { MissingFileError } from '../../src/runs/tail';
import type { Control } from '../../src/protocol';
import { RequestError } from '../../src/runs/requests';
import { at, control, end, epoch, header, start, steps } from '../events';

/** A run folder in memory. */
class Folder implements RunSource {
  files = new Map<string, string>();
  age: number | null = 0;
  broken = false;
  full = false;
  requests = 0;

  add(...events: object[]): void {
    const lines = events.map(event => `${JSON.stringify(event)}\n`).join('');
    this.files.set('r/journal.jsonl', (this.files.get('r/journal.jsonl') ?? '') + lines);
  }

  text(path: string): Promise<string> {
    const text = this.files.get(path);
    return text === undefined ? Promise.reject(new MissingFileError(path)) : Promise.resolve(text);
  }

  range(path: string) {
    return (from: number, to: number): Promise<Response> => {
      this.requests++;
      const text = this.files.get(path);
      if (this.broken || text === undefined) {
        return this.broken
          ? Promise.reject(new Error('network'))
          : Promise.resolve(new Response(null, { status: 404 }));
      }
      const bytes = new TextEncoder().encode(text);
      const status = from >= bytes.length ? 416 : 206;
      return Promise.resolve(
        new Response(status === 416 ? null : bytes.slice(from, to + 1), { status })
      );
    };
  }

  now(): number {
    return 1000;
  }

  write(path: string, text: string): Promise<void> {
    if (this.full) {
      return Promise.reject(new Error('disk full'));
    }
    this.files.set(path, text);
    return Promise.resolve();
  }

  heartbeatAge(): Promise<number | null> {
    return Promise.resolve(this.age);
  }
}

class Kernels {
  at: number | null = null;
  readonly restarted = new Signal<this, string>(this);

  restartOf(): number | null {
    return this.at;
  }

  restart(): void {
    this.at = 150;
    this.restarted.emit('k1');
  }
}

/** The model once `ready` holds; the test fails if it never does. */
async function until(model: FolderModel, ready: () => boolean): Promise<void> {
  const limit = Date.now() + 5000;
  while (!ready()) {
    assert.ok(
      Date.now() < limit,
      `status ${model.status}, problem ${JSON.stringify(model.problem)}`
    );
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

function opened(prepare: (folder: Folder) => void): {
  folder: Folder;
  kernels: Kernels;
  model: FolderModel;
} {
  const folder = new Folder();
  prepare(folder);
  const kernels = new Kernels();
  return { folder, kernels, model: new FolderModel('r', 'mnist-001', { source: folder, kernels }) };
}

const begun = (folder: Folder): void => {
  folder.files.set('r/run.json', JSON.stringify(header()));
  folder.add(start(), steps(1, 1, [3, 2]));
};

test('a growing journal is followed to its end', async () => {
  const { folder, model } = opened(begun);
  await until(model, () => model.state.steps.length === 2);
  assert.equal(model.status, 'running');
  folder.add(epoch(1), end('finished', at(1, 0, 10)));
  await until(model, () => model.status === 'finished');
  model.dispose();
});

test('a journal of lines that do not decode is given up soon', async () => {
  const { model } = opened(folder => {
    begun(folder);
    const journal = folder.files.get('r/journal.jsonl') ?? '';
    folder.files.set('r/journal.jsonl', journal + '{}\n'.repeat(30_000));
    folder.add(end('finished', at(1, 0, 10)));
  });
  await until(model, () => model.loaded);
  assert.equal(model.state.torn, TORN + 1);
  assert.equal(model.status, 'running');
  assert.equal(model.state.steps.length, 2);
  model.dispose();
});

test('a model asks again and again, and a disposed one no more', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { folder, model } = opened(begun);
  const later = async (): Promise<void> => {
    t.mock.timers.tick(60_000);
    await new Promise(resolve => setImmediate(resolve));
  };
  for (let looks = 0; folder.requests < 3; looks++) {
    assert.ok(looks < 100, `asked ${folder.requests} times`);
    await later();
  }
  model.dispose();
  const { requests } = folder;
  for (let looks = 0; looks < 10; looks++) {
    await later();
  }
  assert.equal(folder.requests, requests);
});

test('a heart that stands still means stopped', async () => {
  const { folder, model } = opened(begun);
  folder.age = 60;
  await until(model, () => model.status === 'stopped');
  model.dispose();
});

test('a restart of the kernel that writes means stopped at once, until it is resumed', async () => {
  const { folder, kernels, model } = opened(begun);
  await until(model, () => model.status === 'running' && model.state.steps.length === 2);
  kernels.restart();
  assert.equal(model.status, 'stopped');
  const writer = { pid: 2, host: 'here', kernel: 'k1', started: 200 };
  folder.add(start({ time: 201, writer, resumed: true, position: at(0, 1, 1) }));
  await until(model, () => model.status === 'running');
  assert.equal(model.state.steps.length, 1);
  model.dispose();
});

test('torn lines are counted, the cut-off last one too once nobody will end it', async () => {
  const { folder, model } = opened(begun);
  folder.files.set(
    'r/journal.jsonl',
    `${folder.files.get('r/journal.jsonl') ?? ''}{"type":"st\n{"type":"ste`
  );
  await until(model, () => model.state.torn === 1);
  assert.equal(model.torn, 1);
  folder.age = 60;
  await until(model, () => model.status === 'stopped');
  assert.equal(model.torn, 2);
  model.dispose();
});

test('a folder that is gone is said to be, and comes back', async () => {
  const { folder, model } = opened(() => undefined);
  await until(model, () => model.status === 'missing');
  begun(folder);
  await until(model, () => model.status === 'running' && model.state.steps.length === 2);
  model.dispose();
});

for (const [what, events] of [
  ['trains', [start(), steps(1, 1, [3, 2])]],
  ['has not trained yet', []]
] as const) {
  test(`a folder that goes while its run ${what} is said to be gone, and comes back`, async () => {
    const { folder, model } = opened(made => {
      made.files.set('r/run.json', JSON.stringify(header()));
      if (events.length > 0) {
        made.add(...events);
      }
    });
    await until(model, () => model.loaded && model.state.started === events.length > 0);
    const { files } = folder;
    folder.files = new Map();
    await until(model, () => model.status === 'missing');
    assert.equal(model.state.steps.length, events.length, 'what was read stays');
    folder.files = files;
    await until(model, () => model.problem === null && model.status === 'running');
    model.dispose();
  });
}

test('a server that is away is said to be, and comes back', async () => {
  const { folder, model } = opened(begun);
  await until(model, () => model.state.steps.length === 2);
  folder.broken = true;
  await until(model, () => model.problem?.kind === 'unreachable');
  folder.broken = false;
  await until(model, () => model.problem === null);
  model.dispose();
});

test('a newer layout is named, not guessed at', async () => {
  const { model } = opened(folder => {
    begun(folder);
    folder.files.set('r/run.json', JSON.stringify({ ...header(), schema: 9 }));
  });
  await until(model, () => model.problem?.kind === 'newer');
  assert.deepEqual(model.problem, { kind: 'newer', schema: 9 });
  assert.equal(model.state.steps.length, 0);
  model.dispose();
});

test('a run that has only a header yet waits', async () => {
  const { model } = opened(folder => folder.files.set('r/run.json', JSON.stringify(header())));
  await until(model, () => model.loaded);
  assert.equal(model.status, 'running');
  assert.equal(model.problem, null);
  model.dispose();
});

/** What was asked of the run so far. */
function requests(folder: Folder): Control[] {
  return [...folder.files]
    .filter(([path]) => path.startsWith('r/control-'))
    .map(([, text]) => JSON.parse(text) as Control);
}

async function running(): Promise<ReturnType<typeof opened>> {
  const made = opened(begun);
  await until(made.model, () => made.model.state.steps.length === 2);
  return made;
}

test('a request is a file of its own, and the journal answers it', async () => {
  const { folder, model } = await running();
  const answers = [model.send('pause'), model.send('learning_rate', 0.5)];
  await until(model, () => requests(folder).length === 2);
  const [pause, rate] = requests(folder) as [Control, Control];
  assert.deepEqual([pause.action, pause.value, rate.value], ['pause', null, 0.5]);
  for (const { id } of [pause, rate]) {
    assert.ok(folder.files.has(`r/control-${id}.json`));
    assert.match(id, /^0000001000000-[0-9a-f]{12}$/);
  }
  assert.deepEqual(
    model.asked.map(one => one.action),
    ['pause', 'learning_rate']
  );
  folder.add(control('learning_rate', at(0, 2, 2), { id: rate.id, done: false, detail: 'no' }));
  folder.add(control('pause', at(0, 2, 2), { id: pause.id }));
  const told = await Promise.all(answers);
  assert.deepEqual(
    told.map(answer => [answer.action, answer.done, answer.detail]),
    [
      ['pause', true, ''],
      ['learning_rate', false, 'no']
    ]
  );
  assert.deepEqual(model.asked, []);
  assert.ok(model.state.paused);
  model.dispose();
});

test('somebody else’s answer is not taken for ours', async () => {
  const { folder, model } = await running();
  const answer = model.send('stop');
  await until(model, () => requests(folder).length === 1);
  folder.add(control('stop', at(0, 2, 2), { id: 'of another tab' }));
  await until(model, () => model.state.controls.length === 1);
  assert.equal(model.asked.length, 1);
  folder.add(control('stop', at(0, 2, 2), { id: requests(folder)[0]?.id ?? '' }));
  assert.equal((await answer).done, true);
  model.dispose();
});

const failsAs =
  (kind: string) =>
  (error: unknown): boolean =>
    error instanceof RequestError && error.kind === kind;

test('a request that cannot be written is told', async () => {
  const { folder, model } = await running();
  folder.full = true;
  await assert.rejects(model.send('pause'), (error: unknown) => {
    return failsAs('unsent')(error) && (error as Error).message === 'disk full';
  });
  assert.deepEqual(model.asked, []);
  model.dispose();
});

test('nobody is asked in vain: not of a run that ended, not when it ends or the page goes', async () => {
  const { folder, kernels, model } = await running();
  const gone = assert.rejects(model.send('pause'), failsAs('ended'));
  kernels.restart();
  await gone;
  await assert.rejects(model.send('pause'), failsAs('ended'));
  assert.equal(requests(folder).length, 1);
  model.dispose();

  const other = await running();
  const ended = assert.rejects(other.model.send('pause'), failsAs('ended'));
  other.folder.add(end('finished', at(2, 0, 20)));
  await ended;
  other.model.dispose();

  const third = await running();
  const left = assert.rejects(third.model.send('pause'), failsAs('ended'));
  third.model.dispose();
  await left;
});
