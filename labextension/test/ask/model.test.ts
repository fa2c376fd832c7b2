import '../require';

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { decodeAsk } from '../../src/ask/decode';
import type { AskFiles } from '../../src/ask/model';
import { AskModel } from '../../src/ask/model';
import { outcome } from '../../src/ask/outcome';
import type { AskReply } from '../../src/protocol';
import { question } from './question';

const FOLDER = 'work/kresume_runs/digits-002';
const FILE = `${FOLDER}/ask-0123abcd.json`;

/** A folder with a kernel that waits, and a clock. */
class Staged implements AskFiles {
  time = 1000;
  touched: number | null = 0;
  replies: AskReply[] = [];
  broken = false;
  readonly model: AskModel;

  /** `seconds` of the countdown. */
  constructor(seconds = 15) {
    const ask = { ...question(), seconds };
    this.model = new AskModel(ask, FOLDER, this, () => this.time * 1000);
  }

  age(path: string): Promise<number | null> {
    assert.equal(path, FILE);
    return Promise.resolve(this.touched);
  }

  write(path: string, text: string): Promise<void> {
    assert.match(path, /^work\/kresume_runs\/digits-002\/ask-0123abcd-[0-9a-z]{4,}\.json$/);
    this.replies.push(JSON.parse(text) as AskReply);
    return this.broken ? Promise.reject(new Error('read-only')) : Promise.resolve();
  }

  async pass(seconds: number): Promise<void> {
    for (let tick = 0; tick < seconds * 4; tick++) {
      this.time += 0.25;
      await this.model.tick();
    }
  }

  get actions(): string[] {
    return this.replies.map(reply => reply.action);
  }
}

test('a page shows itself at once, and says how long it will count', async () => {
  const staged = new Staged();
  await staged.model.start();
  assert.equal(staged.model.state, 'open');
  assert.deepEqual(staged.actions, ['waiting']);
  assert.equal(staged.replies[0]?.patience, 15);
  staged.model.dispose();
});

test('untouched, it resumes from the newest point when the countdown has run out', async () => {
  const staged = new Staged();
  await staged.model.start();
  await staged.pass(14);
  assert.equal(staged.model.left, 1);
  assert.deepEqual(staged.actions, ['waiting']);
  await staged.pass(1);
  assert.equal(staged.model.state, 'answered');
  assert.deepEqual(staged.actions, ['waiting', 'resume']);
  assert.equal(staged.replies[1]?.checkpoint, 'step-00000049.keras');
  staged.model.dispose();
});

test('a person who takes over has all the time in the world, and the kernel is told', async () => {
  const staged = new Staged();
  await staged.model.start();
  staged.model.hold();
  await staged.pass(300);
  assert.equal(staged.model.state, 'open');
  assert.equal(staged.model.left, null);
  assert.ok(staged.replies.length >= 15);
  assert.ok(staged.replies.slice(1).every(({ patience }) => patience === 90));
  staged.model.dispose();
});

test('only the first answer counts', async () => {
  const staged = new Staged();
  await staged.model.start();
  const point = staged.model.ask.points[1];
  assert.ok(point);
  await staged.model.answer({ action: 'fork', point });
  await staged.model.answer({ action: 'new' });
  assert.deepEqual(staged.actions, ['waiting', 'fork']);
  assert.equal(staged.replies[1]?.checkpoint, 'epoch-0002.keras');
  staged.model.dispose();
});

test('a question that nobody waits for is closed and says nothing', async () => {
  for (const touched of [null, 3600]) {
    const staged = new Staged();
    staged.touched = touched;
    await staged.model.start();
    assert.equal(staged.model.state, 'closed');
    assert.deepEqual(staged.actions, []);
  }
});

test('an open question closes when the kernel goes on', async () => {
  const staged = new Staged();
  await staged.model.start();
  staged.touched = null;
  await staged.pass(1);
  assert.equal(staged.model.state, 'closed');
  staged.model.dispose();
});

test('an answer that cannot be written is told', async () => {
  const staged = new Staged();
  await staged.model.start();
  staged.broken = true;
  await staged.model.answer({ action: 'new' });
  assert.equal(staged.model.state, 'failed');
  staged.model.dispose();
});

test('an identifier that would leave the folder is refused', () => {
  assert.throws(() => decodeAsk({ ...question(), id: '../../x' }), /identifier/);
});

function header(name: string, started: number): string {
  return JSON.stringify({
    name,
    base: 'digits',
    created: 1,
    notebook: null,
    cell: null,
    setup: [],
    fit: {},
    compile: {},
    architecture: '',
    parameters: 1,
    data: [],
    samples: 1,
    batch_size: 1,
    batches: 1,
    seed: 1,
    versions: {},
    device: 'cpu:0',
    writer: { pid: 1, host: 'here', kernel: null, started },
    parent: null,
    schema: 1
  });
}

test('what became of a question: the first run of its name taken up after it', async () => {
  const started = { 'digits-001': 400, 'digits-002': 400, 'digits-003': 501, 'digits-004': 900 };
  const files = {
    folders: (folder: string) => {
      assert.equal(folder, 'work/kresume_runs');
      const names = [...Object.keys(started), 'other-009'];
      return Promise.resolve(names.map(name => ({ name, path: `${folder}/${name}`, modified: 0 })));
    },
    text: (path: string) => {
      const name = path.split('/')[2] as keyof typeof started;
      return Promise.resolve(header(name, started[name]));
    }
  };
  const found = await outcome(question(), FOLDER, files);
  assert.deepEqual(found, { schema: 1, run: 'digits-003', folder: 'kresume_runs/digits-003' });
  started['digits-002'] = 500.5;
  assert.equal((await outcome(question(), FOLDER, files)).run, 'digits-002');
});

test('without a countdown a page waits for a person, and says so time and again', async () => {
  const staged = new Staged(Infinity);
  await staged.model.start();
  await staged.pass(300);
  assert.equal(staged.model.state, 'open');
  assert.equal(staged.model.left, null);
  assert.ok(staged.replies.length >= 15);
  assert.ok(staged.replies.every(({ patience }) => patience === 90));
  staged.model.dispose();
});
