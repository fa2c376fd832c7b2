import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  decodeBundle,
  decodeEvent,
  decodeHeader,
  decodeSummary,
  schemaOf
} from '../../src/runs/codec';
import { CorruptRecordError, num } from '../../src/runs/values';
import { at, control, header, start, steps } from '../events';

test('numbers that JSON lacks are read back', () => {
  assert.equal(num('Infinity'), Infinity);
  assert.equal(num('-Infinity'), -Infinity);
  assert.ok(Number.isNaN(num('NaN')));
  assert.equal(num(0.1), 0.1);
  assert.throws(() => num('nan'), CorruptRecordError);
  assert.throws(() => num(null), CorruptRecordError);
});

test('a steps line is decoded, non-finite values included', () => {
  const event = decodeEvent(JSON.stringify({ ...steps(1, 1, [0, 0]), logs: { loss: ['NaN', 2] } }));
  assert.ok(event);
  assert.deepEqual(event.type === 'steps' ? event.logs.loss : null, [NaN, 2]);
});

test('a line that holds no record is refused', () => {
  const missing = JSON.stringify({ ...steps(1, 1, [1]), count: undefined });
  const uneven = JSON.stringify({ ...steps(1, 1, [1, 2]), count: 3 });
  const lines = [
    '{"type":"ste',
    '[]',
    '7',
    'null',
    '{}',
    '{"type":"epoch"}',
    '{"type":7}',
    missing,
    uneven
  ];
  for (const line of lines) {
    assert.throws(() => decodeEvent(line), CorruptRecordError, line);
  }
});

test('a type that a newer writer added is no event', () => {
  assert.equal(decodeEvent('{"type":"from the future","time":1}'), null);
  assert.equal(decodeEvent('{"type":"toString","time":1}'), null);
});

test('unknown fields are ignored and fields with a default may lack', () => {
  const line =
    '{"type":"epoch","time":1,"epoch":1,"step":9,"logs":{},"learning_rate":"NaN","seconds":1,"new":true}';
  const event = decodeEvent(line);
  assert.ok(event?.type === 'epoch' && !event.inherited && !('new' in event));
});

test('a hostile metric name is a plain key', () => {
  const line =
    '{"type":"epoch","time":1,"epoch":1,"step":9,"logs":{"__proto__":3},"learning_rate":0,"seconds":1}';
  const event = decodeEvent(line);
  assert.deepEqual(event?.type === 'epoch' && Object.keys(event.logs), ['__proto__']);
});

test('documents are decoded', () => {
  const plain = header({ cell: null });
  assert.deepEqual(decodeHeader(JSON.stringify(plain)), plain);
  assert.throws(() => decodeSummary('{"loss":[1]}'), CorruptRecordError);
  assert.deepEqual(decodeBundle({ run: 'a', folder: 'b' }), { schema: 1, run: 'a', folder: 'b' });
  assert.throws(() => decodeBundle('a'), CorruptRecordError);
});

test('the version of a newer layout can be told though nothing else can be read', () => {
  assert.equal(schemaOf('{"schema":9,"name":{}}'), 9);
});

test('an answer and findings are decoded; a start of an older writer has none', () => {
  const answer = control('learning_rate', at(0, 1, 1), { value: 0.5, detail: 'set' });
  assert.deepEqual(decodeEvent(JSON.stringify(answer)), answer);
  assert.throws(
    () => decodeEvent(JSON.stringify({ ...answer, action: 'explode' })),
    CorruptRecordError
  );
  const begun = start({ findings: [{ what: 'weights', verdict: 'lost', detail: '' }] });
  assert.deepEqual(decodeEvent(JSON.stringify(begun)), begun);
  const older = decodeEvent(JSON.stringify({ ...begun, findings: undefined }));
  assert.ok(older?.type === 'start');
  assert.deepEqual(older.findings, []);
  const odd = { ...begun, findings: [{ what: 'weights', verdict: 'maybe' }] };
  assert.throws(() => decodeEvent(JSON.stringify(odd)), CorruptRecordError);
});
