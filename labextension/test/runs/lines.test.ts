import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LineSplitter, TOO_LONG } from '../../src/runs/lines';

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

test('a line that is too long is not kept, and those after it come', () => {
  const splitter = new LineSplitter(10);
  assert.deepEqual(splitter.push(bytes('one\n')), ['one']);
  for (let piece = 0; piece < 5; piece++) {
    assert.deepEqual(splitter.push(bytes('xxxxxxxx')), []);
    assert.ok(splitter.pending <= 10);
  }
  assert.deepEqual(splitter.push(bytes('x\ntwo\nthr')), [TOO_LONG, 'two']);
  assert.deepEqual(splitter.push(bytes('ee\n')), ['three']);
  assert.deepEqual(splitter.push(bytes(`${'y'.repeat(11)}\nfour\n`)), [TOO_LONG, 'four']);
});
