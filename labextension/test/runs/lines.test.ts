import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LineSplitter } from '../../src/runs/lines';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('an incomplete last line waits for its newline', () => {
  const splitter = new LineSplitter();
  assert.deepEqual(splitter.push(bytes('one\ntw')), ['one']);
  assert.equal(splitter.pending, 2);
  assert.deepEqual(splitter.push(bytes('o\n\nthree\n')), ['two', 'three']);
  assert.equal(splitter.pending, 0);
});

test('a read may end at any byte, within a character too', () => {
  const all = bytes('{"π":"ü – 漢字 🙂"}\n{"b":2}\n');
  for (let cut = 0; cut <= all.length; cut++) {
    const splitter = new LineSplitter();
    const lines = [...splitter.push(all.subarray(0, cut)), ...splitter.push(all.subarray(cut))];
    assert.deepEqual(lines, ['{"π":"ü – 漢字 🙂"}', '{"b":2}'], `cut at ${cut}`);
  }
});
