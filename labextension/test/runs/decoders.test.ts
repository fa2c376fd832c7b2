/** What the kernel refuses of a record is refused here, and nothing else: the page reads the same folders. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import * as decoders from '../../src/runs/decoders';
import { CorruptRecordError } from '../../src/runs/values';

interface Document {
  values: Record<string, unknown>;
  records: Record<string, { whole: Record<string, unknown>; refused: Record<string, string[]> }>;
}

/** Tests run in `labextension/.tests`. */
const path = join(process.cwd(), '..', '..', 'tests', 'golden', 'malformed.json');
const { values, records } = JSON.parse(readFileSync(path, 'utf8')) as Document;

function decoderOf(kind: string): (value: unknown) => unknown {
  const name = kind.charAt(0).toLowerCase() + kind.slice(1);
  return decoders[name as keyof typeof decoders] as (value: unknown) => unknown;
}

function isRefused(read: (value: unknown) => unknown, value: unknown): boolean {
  try {
    read(value);
    return false;
  } catch (error) {
    assert.ok(error instanceof CorruptRecordError, String(error));
    return true;
  }
}

test('there is a decoder of each record', () => {
  assert.ok(Object.keys(records).length >= 50);
  const names = Object.keys(records).map(kind => kind.charAt(0).toLowerCase() + kind.slice(1));
  assert.deepEqual(Object.keys(decoders).sort(), [...names, 'EVENTS'].sort());
});

for (const [kind, { whole, refused }] of Object.entries(records)) {
  test(`a malformed ${kind} has the kernel's verdict`, () => {
    const read = decoderOf(kind);
    assert.equal(isRefused(read, whole), false, 'the whole record');
    for (const [field, expected] of Object.entries(refused)) {
      const without = Object.fromEntries(Object.entries(whole).filter(([key]) => key !== field));
      const found = isRefused(read, without) ? ['missing'] : [];
      for (const [name, value] of Object.entries(values)) {
        if (isRefused(read, { ...without, [field]: value })) {
          found.push(name);
        }
      }
      assert.deepEqual(found, expected, field);
    }
  });
}
