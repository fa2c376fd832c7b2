import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { digest, masked, sameSource } from '../../src/runs/masking';

interface Case {
  source: string;
  masked: string;
  digest: string;
}

const CASES = JSON.parse(readFileSync('../../tests/golden/masking.json', 'utf8')) as Case[];

test('secrets are masked as the kernel masks them, and a masked cell is the same cell', () => {
  for (const one of CASES) {
    assert.equal(masked(one.source), one.masked);
    assert.equal(masked(one.masked), one.masked);
    assert.ok(sameSource(one.source, one.masked));
  }
});

test('a digest stands in the place of a source, and is the same in the kernel', () => {
  for (const one of CASES) {
    assert.equal(digest(one.source), one.digest);
    assert.equal(digest(one.digest), one.digest);
    assert.ok(sameSource(one.source, one.digest));
    assert.ok(!sameSource(`${one.source}\nzzz = 1`, one.digest));
  }
});
