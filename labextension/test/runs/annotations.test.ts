import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { readMarks, setPinned, setTitle } from '../../src/runs/annotations';
import { decodeMarks } from '../../src/runs/codec';
import type { Item } from '../../src/runs/files';

/** Files in memory, as a server has them. */
function server(contents: Record<string, string>) {
  const files = new Map(Object.entries(contents));
  return {
    list: (folder: string): Promise<Item[]> =>
      Promise.resolve(
        [...files.keys()]
          .filter(path => path.slice(0, path.lastIndexOf('/')) === folder)
          .map(path => ({
            path,
            name: path.slice(folder.length + 1),
            modified: 0,
            bytes: 0,
            folder: false
          }))
      ),
    end: (path: string, bytes: number) =>
      Promise.resolve((files.get(path) ?? assert.fail(path)).slice(-bytes)),
    text: (path: string) => Promise.resolve(files.get(path) ?? assert.fail(path)),
    replace: (path: string, text: string) => {
      files.set(path, text);
      return Promise.resolve();
    },
    marks: () => decodeMarks(files.get('r/marks.json') ?? assert.fail())
  };
}

/** Its history is older than its journal, as after a kill. */
const golden = (name: string): string =>
  readFileSync(`../../tests/golden/finished/${name}`, 'utf-8');
const lines = golden('journal.jsonl').trimEnd().split('\n');
const RUN = { 'r/run.json': golden('run.json'), 'r/journal.jsonl': `${lines.join('\n')}\n{"ty` };

test('pinned is what the run holds now, and a title stays', async () => {
  const files = server(RUN);
  await setTitle(files, 'r', '  the good one ');
  await setPinned(files, 'r', true);
  assert.deepEqual(files.marks(), {
    schema: 1,
    title: 'the good one',
    pinned: true,
    checkpoints: ['epoch-0001.keras', 'epoch-0002.keras', 'epoch-0003.keras']
  });
  await setPinned(files, 'r', false);
  assert.deepEqual(files.marks(), {
    schema: 1,
    title: 'the good one',
    pinned: false,
    checkpoints: []
  });
});

test('marks that cannot be read are not written over', async () => {
  for (const damaged of ['{', '{"schema": 99}', '{"schema": 1, "checkpoints": "all"}']) {
    const files = server({ ...RUN, 'r/marks.json': damaged });
    await assert.rejects(setTitle(files, 'r', 'x'));
    assert.equal(await files.text('r/marks.json'), damaged);
  }
  assert.equal((await readMarks(server(RUN), 'r')).title, '');
});
