import '../require';

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import type { Routes } from '../../src/resume/autoSwitches';
import { Switches } from '../../src/resume/autoSwitches';

const HEADER = readFileSync(
  join(process.cwd(), '..', '..', 'tests', 'golden', 'killed', 'run.json'),
  'utf8'
);

function storage(): Pick<Storage, 'getItem' | 'setItem'> {
  const kept = new Map<string, string>();
  return {
    getItem: key => kept.get(key) ?? null,
    setItem: (key, value) => {
      kept.set(key, value);
    }
  };
}

/** As the page's files have it: two drives are the server's own files. */
const drives = {
  onServer: (path: string): string | null =>
    path.startsWith('S3:') ? null : path.replace(/^RTC:/, '')
};

const nobody: Routes = {
  available: Promise.resolve(false),
  get: () => Promise.reject(new Error('no such route')),
  post: () => Promise.reject(new Error('no such route'))
};

test('with the server extension it is asked and told', async () => {
  const told: unknown[] = [];
  const server: Routes = {
    available: Promise.resolve(true),
    get: (route, parameters) => {
      told.push([route, parameters]);
      return Promise.resolve('{"on": true, "since": 5, "unattended": true}');
    },
    post: (route, body) => {
      told.push([route, body]);
      return Promise.resolve('');
    }
  };
  const files = { ...drives, text: () => Promise.reject(new Error('not read')), now: () => 5 };
  const switches = new Switches(server, files, storage());
  const changed: string[] = [];
  switches.changed.connect((_, folder) => changed.push(folder));
  await switches.set('runs/a-001', true);
  assert.deepEqual(await switches.read('runs/a-001'), { on: true, since: 5, unattended: true });
  assert.deepEqual(told, [
    ['auto', { folder: 'runs/a-001', on: true }],
    ['auto', { folder: 'runs/a-001' }]
  ]);
  assert.deepEqual(changed, ['runs/a-001']);
});

test('in a shared notebook the server knows the run by its own address, and none of another drive', async () => {
  const told: unknown[] = [];
  const server: Routes = {
    available: Promise.resolve(true),
    get: (_, parameters) => {
      told.push(parameters?.folder);
      return Promise.resolve('{"on": true, "since": 5, "unattended": false}');
    },
    post: (_, body) => {
      told.push((body as { folder: string }).folder);
      return Promise.resolve('');
    }
  };
  const files = { ...drives, text: () => Promise.resolve(HEADER), now: () => 5 };
  const switches = new Switches(server, files, storage());
  await switches.set('RTC:runs/a-001', true);
  assert.equal(await switches.enabled('RTC:runs/a-001'), true);
  assert.deepEqual(told, ['runs/a-001', 'runs/a-001']);
  assert.equal(await switches.enabled('S3:runs/a-001'), false);
  await switches.set('S3:runs/a-001', true);
  assert.equal(await switches.enabled('S3:runs/a-001'), true);
  assert.equal(told.length, 2);
});

test('without it the browser keeps them, for the run that is there now', async () => {
  let header = HEADER;
  const files = { text: () => Promise.resolve(header), now: () => 1234, ...drives };
  const kept = storage();
  const switches = new Switches(nobody, files, kept);
  assert.equal(await switches.enabled('runs/a-001'), false);
  await switches.set('runs/a-001', true);
  const again = new Switches(nobody, files, kept);
  assert.deepEqual(await again.read('runs/a-001'), { on: true, since: 1234, unattended: false });
  assert.equal(await again.enabled('runs/b-001'), false);
  header = HEADER.replace('"created":1000.0', '"created":2000.0');
  assert.equal(await again.enabled('runs/a-001'), false);
  header = HEADER;
  await again.set('runs/a-001', false);
  assert.equal(await switches.enabled('runs/a-001'), false);
});

test('what is damaged has nothing on', async () => {
  for (const value of ['{', 'null', '[1]', '[["runs/a-001", null]]', '[["runs/a-001", {}]]']) {
    const files = { text: () => Promise.resolve(HEADER), now: () => 0, ...drives };
    const switches = new Switches(nobody, files, {
      getItem: () => value,
      setItem: () => undefined
    });
    assert.equal(await switches.enabled('runs/a-001'), false);
  }
});
