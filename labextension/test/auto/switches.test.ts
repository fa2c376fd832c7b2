import '../require';

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import type { Routes } from '../../src/auto/switches';
import { Switches } from '../../src/auto/switches';

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
  const files = { text: () => Promise.reject(new Error('not read')), now: () => 5 };
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

test('without it the browser keeps them, for the run that is there now', async () => {
  let header = HEADER;
  const files = { text: () => Promise.resolve(header), now: () => 1234 };
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
    const files = { text: () => Promise.resolve(HEADER), now: () => 0 };
    const switches = new Switches(nobody, files, {
      getItem: () => value,
      setItem: () => undefined
    });
    assert.equal(await switches.enabled('runs/a-001'), false);
  }
});
