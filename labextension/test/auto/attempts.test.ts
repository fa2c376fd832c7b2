import '../require';

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ServerConnection } from '@jupyterlab/services';

import { AttemptFiles } from '../../src/auto/attempts';
import { decide } from '../../src/resume/decide';
import type { Attempt } from '../../src/protocol';
import type { Item, RunFiles } from '../../src/runs/files';
import type { ServerRoutes } from '../../src/runs/server';
import { MissingFileError } from '../../src/runs/tail';
import type { Decoded } from '../../src/runs/values';

const NOW = 1_000_000;
const UNREADABLE = new ServerConnection.ResponseError(new Response(null, { status: 403 }));

function made(number: number): Decoded<Attempt> {
  return {
    schema: 1,
    number,
    by: 'page',
    who: 'this page',
    time: NOW,
    step: 5,
    checkpoint: null,
    outcome: 'open',
    detail: ''
  };
}

/** A run folder: names that Jupyter lists, with a text or why there is none, and names that it does not. */
class Folder {
  constructor(
    readonly listed: Map<string, string | Error>,
    readonly unlisted: ReadonlySet<string> = new Set()
  ) {}

  now(): number {
    return NOW;
  }

  onServer(path: string): string {
    return path.replace(/^RTC:/, '');
  }

  list(folder: string): Promise<Item[]> {
    const items = [...this.listed].map(([name, text]) => ({
      path: `${folder}/${name}`,
      name,
      modified: (NOW - 1000) * 1000,
      bytes: 1,
      folder: text === 'a folder'
    }));
    return Promise.resolve(items);
  }

  text(path: string): Promise<string> {
    const text = this.listed.get(path.slice('r/'.length));
    assert.notEqual(text, 'a folder', 'a folder was read');
    return typeof text === 'string'
      ? Promise.resolve(text)
      : Promise.reject(text ?? new MissingFileError(path));
  }

  end(path: string): Promise<string> {
    return Promise.reject(new MissingFileError(path));
  }

  create(path: string, text: string): Promise<boolean> {
    const name = path.slice('r/'.length);
    if (this.listed.has(name) || this.unlisted.has(name)) {
      return Promise.resolve(false);
    }
    this.listed.set(name, text);
    return Promise.resolve(true);
  }
}

function over(folder: Folder, answer?: object): AttemptFiles {
  const server = {
    available: Promise.resolve(answer !== undefined),
    get: (route: string, parameters: object): Promise<string> => {
      assert.deepEqual([route, parameters], ['attempts', { folder: 'r' }]);
      return Promise.resolve(JSON.stringify(answer));
    }
  };
  return new AttemptFiles(folder as unknown as RunFiles, server as unknown as ServerRoutes);
}

/** What a page that resumes by itself would do now. */
async function next(attempts: AttemptFiles): Promise<[string, number]> {
  const known = await attempts.read('r');
  const { kind, number } = decide(known, { step: 5, since: 0, now: NOW });
  return [kind, number];
}

for (const [what, text] of [
  ['a folder', 'a folder'],
  ['what may not be read, as a link to a device', UNREADABLE]
] as const) {
  test(`${what} only takes its number`, async () => {
    const attempts = over(new Folder(new Map([['attempt-1.json', text]])));
    assert.deepEqual(await next(attempts), ['go', 2]);
    assert.ok(await attempts.claim('r', made(2)));
  });
}

test('what Jupyter does not list, as a pipe, takes its number once it was asked for', async () => {
  const attempts = over(new Folder(new Map(), new Set(['attempt-1.json'])));
  assert.deepEqual(await next(attempts), ['go', 1]);
  assert.equal(await attempts.claim('r', made(1)), false);
  assert.deepEqual(await next(attempts), ['go', 2]);
  assert.ok(await attempts.claim('r', made(2)));
});

test('an attempt of somebody who was faster is known by what it says', async () => {
  const folder = new Folder(new Map());
  const attempts = over(folder);
  folder.listed.set('attempt-1.json', JSON.stringify({ ...made(1), who: 'another page' }));
  assert.equal(await attempts.claim('r', made(1)), false);
  const [known] = await attempts.read('r');
  assert.equal(known?.attempt.who, 'another page');
});

test('a server that is away is told, and takes no number', async () => {
  const away = new ServerConnection.ResponseError(new Response(null, { status: 503 }));
  const attempts = over(new Folder(new Map([['attempt-1.json', away]])));
  await assert.rejects(attempts.read('r'), away);
});

test('the server extension tells of attempts: Jupyter lists a folder slowly, on its only thread', async () => {
  const folder = new Folder(new Map());
  folder.list = () => assert.fail('Jupyter was asked for a listing');
  const attempts = over(folder, { attempts: [{ attempt: made(1), age: 7 }] });
  for (const address of ['r', 'RTC:r']) {
    assert.deepEqual(await attempts.read(address), [{ attempt: made(1), age: 7 }]);
  }
});
