import '../require';

import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

import type { Known } from '../../src/compare/data/model';
import type { Channel } from '../../src/widget/channel';
import { KernelCompared } from '../../src/widget/compared';
import { header } from '../events';

interface Asked {
  id: string;
  what: string;
  run: string;
}

function summary(status: string): object {
  return {
    schema: 1,
    name: 'adam-001',
    status,
    reason: '',
    epochs: 1,
    batches: 10,
    position: { epoch: 1, batch: 0, step: 10 },
    epoch: [1],
    learning_rate: [0.1],
    resumes: [],
    checkpoints: [],
    updated: 100
  };
}

/** A kernel's side of a widget, which answers when it is told to. */
class Kernel implements Channel {
  asked: Asked[] = [];
  private readonly callbacks = new Map<string, (message: unknown) => void>();

  get(): unknown {
    return undefined;
  }

  on(event: string, callback: (message: unknown) => void): void {
    this.callbacks.set(event, callback);
  }

  off(event: string): void {
    this.callbacks.delete(event);
  }

  send(message: object): void {
    this.asked.push(message as Asked);
  }

  say(id: string, answer: object | null, problem = '', lost = false): void {
    const json = answer === null ? '' : JSON.stringify(answer);
    this.raw({ type: 'compare-answer', id, answer: json, lost, problem });
  }

  raw(message: unknown): void {
    this.callbacks.get('msg:custom')?.(message);
  }

  get listens(): boolean {
    return this.callbacks.size > 0;
  }

  /** Answers all that was asked about runs. */
  tell(status = 'finished', lost = false): void {
    for (const { id, run } of this.asked.splice(0)) {
      const read = { key: run, header: header(), summary: summary(status) };
      this.say(id, { ...read, history: { loss: ['NaN'] } }, '', lost);
    }
  }
}

/** Until promises that are kept have been acted upon. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    await Promise.resolve();
  }
}

let kernel: Kernel;
let source: KernelCompared;
let known: Known[];

beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  kernel = new Kernel();
  source = new KernelCompared(kernel);
  known = [];
});

afterEach(() => {
  source.dispose();
  mock.timers.reset();
});

function follow(...keys: string[]) {
  return source.follow(keys, news => {
    known.push(...news);
  });
}

const names = (): string[] => known.map(({ run }) => run.key);

test('runs are asked for some at a time, and told in order', async () => {
  const keys = Array.from({ length: 10 }, (_, number) => `/runs/adam-${number}`);
  follow(...keys);
  for (let most = 0; known.length < keys.length; most++) {
    assert.ok(most < 10 && kernel.asked.length <= 4);
    kernel.tell();
    await settled();
  }
  assert.deepEqual(names(), keys);
  assert.deepEqual(known[0]?.run.history, { loss: [NaN] });
});

test('a run whose process is gone is lost, and one that is written is asked for again', async () => {
  follow('/runs/a', '/runs/b');
  const [first, second] = kernel.asked.splice(0);
  const read = { header: header(), history: {} };
  kernel.say(second?.id ?? '', { key: '/runs/b', summary: summary('running'), ...read }, '', true);
  kernel.say(first?.id ?? '', { key: '/runs/a', summary: summary('finished'), ...read });
  await settled();
  assert.deepEqual(
    known.map(({ lost }) => lost),
    [false, true]
  );
  assert.equal(kernel.asked.length, 0);
  mock.timers.tick(2000);
  assert.deepEqual(
    kernel.asked.map(({ run }) => run),
    ['/runs/b']
  );
  kernel.tell('finished');
  await settled();
  mock.timers.tick(60_000);
  assert.equal(kernel.asked.length, 0, 'it has ended');
});

test('a question that was lost is asked again, until it is answered', async () => {
  follow('/runs/a');
  kernel.asked = [];
  mock.timers.tick(3000);
  assert.equal(kernel.asked.length, 1);
  kernel.tell();
  await settled();
  mock.timers.tick(60_000);
  assert.deepEqual([kernel.asked.length, names().length], [0, 1]);
});

test('a run that the kernel cannot tell of is shown with the reason', async () => {
  follow('/runs/a', '/runs/b');
  const [first, second] = kernel.asked;
  kernel.say(first?.id ?? '', null, 'There is no run');
  kernel.say(second?.id ?? '', { key: 7 });
  await settled();
  assert.equal(known[0]?.run.problem, 'There is no run');
  assert.match(known[1]?.run.problem ?? '', /Expected a string/);
});

test('checkpoints are asked for once, and what is wrong with them is said', async () => {
  const ref = { run: '/runs/a', file: 'epoch-0001.keras' };
  const asking = [source.histogram(ref, ref, 'dense/0'), source.changes(ref, ref)] as const;
  mock.timers.tick(60_000);
  assert.deepEqual(
    kernel.asked.map(({ what }) => what),
    ['histogram', 'changes']
  );
  const [one, other] = kernel.asked;
  kernel.say(one?.id ?? '', { path: 'dense/0', edges: [0, 1], a: [2], b: [3] });
  kernel.say(other?.id ?? '', null, 'epoch-0001.keras is damaged');
  assert.deepEqual((await asking[0]).b, [3]);
  await assert.rejects(asking[1], /is damaged/);
});

test('what is no answer is passed over, and nothing is heard once it is gone', async () => {
  follow('/runs/a');
  for (const message of [null, 3, {}, { type: 'newer' }, { type: 'compare-answer' }]) {
    kernel.raw(message);
  }
  source.dispose();
  assert.ok(!kernel.listens);
  kernel.asked = [];
  mock.timers.tick(60_000);
  await settled();
  assert.deepEqual([kernel.asked.length, known.length], [0, 0]);
});
