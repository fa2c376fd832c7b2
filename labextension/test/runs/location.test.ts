import assert from 'node:assert/strict';
import { test } from 'node:test';

import { folderOf, joinPath, resolveFolder } from '../../src/runs/location';

test('a run folder is found beside its notebook, in any drive', () => {
  assert.equal(resolveFolder('nb.ipynb', 'kresume_runs/a-001'), 'kresume_runs/a-001');
  assert.equal(resolveFolder('x/y/nb.ipynb', 'kresume_runs/a-001'), 'x/y/kresume_runs/a-001');
  assert.equal(resolveFolder('x/y/nb.ipynb', '../runs/./a'), 'x/runs/a');
  assert.equal(resolveFolder('RTC:x/nb.ipynb', 'r/a'), 'RTC:x/r/a');
  assert.equal(resolveFolder('RTC:nb.ipynb', 'r/a'), 'RTC:r/a');
});

test('a folder outside the server’s root is refused', () => {
  for (const folder of [
    '',
    '/etc',
    '../a',
    'a/../../b',
    '..',
    '.',
    'C:/x',
    'http://x/y',
    '\\\\host\\x',
    'a\\..\\..\\b',
    'a\0'
  ]) {
    assert.equal(resolveFolder('nb.ipynb', folder), null, folder);
  }
  assert.equal(resolveFolder('x/nb.ipynb', '../../a'), null);
});

test('paths join without a doubled separator', () => {
  assert.equal(joinPath(folderOf('nb.ipynb'), 'a'), 'a');
  assert.equal(joinPath(folderOf('RTC:nb.ipynb'), 'a'), 'RTC:a');
  assert.equal(joinPath(folderOf('x/nb.ipynb'), 'a'), 'x/a');
});
