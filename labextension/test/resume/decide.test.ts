/** The cases that Python's tests read too, with the same answers. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import type { Decision, Known } from '../../src/resume/decide';
import { decide } from '../../src/resume/decide';

interface Case {
  name: string;
  known: [number, number, number, Known['attempt']['outcome'], number | null][];
  step: number;
  since: number;
  now: number;
  decision: Decision;
}

/** Tests run in `labextension/.tests`. */
const FILE = join(process.cwd(), '..', '..', 'tests', 'golden', 'auto.json');

for (const one of JSON.parse(readFileSync(FILE, 'utf8')) as Case[]) {
  test(`golden decision: ${one.name}`, () => {
    const known = one.known.map(([number, step, time, outcome, age]) => ({
      attempt: {
        schema: 1,
        number,
        by: 'page' as const,
        who: '',
        time,
        step,
        checkpoint: null,
        outcome,
        detail: ''
      },
      age
    }));
    assert.deepEqual(decide(known, one), one.decision);
  });
}
