/** The run folders that Python's tests read too, with the same answers. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { decodeEvent, decodeHeader } from '../../src/runs/codec';
import { TimedState } from '../../src/runs/clock';
import type { RunState } from '../../src/runs/fold';
import { LineSplitter } from '../../src/runs/lines';
import { CorruptRecordError } from '../../src/runs/values';

/** Tests run in `labextension/.tests`. */
const GOLDEN = join(process.cwd(), '..', '..', 'tests', 'golden');

const cases = readdirSync(GOLDEN, { withFileTypes: true }).filter(entry =>
  existsSync(join(GOLDEN, entry.name, 'expected.json'))
);

/** Non-finite numbers by their names, as `expected.json` has them. */
function named(value: unknown): unknown {
  if (typeof value === 'number') {
    return Number.isFinite(value) ? value : String(value);
  }
  if (Array.isArray(value)) {
    return value.map(named);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, named(one)]));
  }
  return value;
}

/** Read a journal as it might arrive: some bytes at a time. */
function read(journal: Uint8Array, size: number): { state: TimedState; torn: number } {
  const state = new TimedState();
  const splitter = new LineSplitter();
  for (let from = 0; from < journal.length; from += size) {
    for (const line of splitter.push(journal.subarray(from, from + size))) {
      try {
        const event = decodeEvent(line);
        assert.ok(event);
        state.apply(event);
      } catch (error) {
        assert.ok(error instanceof CorruptRecordError);
        state.torn++;
      }
    }
  }
  return { state, torn: state.torn + (splitter.pending > 0 ? 1 : 0) };
}

function history(state: RunState): Record<string, number[]> {
  const columns: Record<string, number[]> = {};
  for (const row of state.rows) {
    for (const [name, value] of Object.entries(row.logs)) {
      (columns[name] ??= []).push(value);
    }
  }
  return columns;
}

function lacking(state: RunState): Record<string, number[]> {
  const epochs: Record<string, number[]> = {};
  for (const { epoch, logs } of state.rows) {
    for (const name of Object.keys(logs)) {
      (epochs[name] ??= []).push(epoch);
    }
  }
  const partial = Object.entries(epochs).filter(([, there]) => there.length < state.rows.length);
  return Object.fromEntries(partial);
}

test('there are golden run folders', () => {
  assert.ok(cases.length >= 5);
});

for (const { name } of cases) {
  for (const size of [7, 1 << 20]) {
    test(`golden run "${name}", ${size} bytes at a time`, () => {
      const folder = join(GOLDEN, name);
      const header = decodeHeader(readFileSync(join(folder, 'run.json'), 'utf8'));
      const { state, torn } = read(readFileSync(join(folder, 'journal.jsonl')), size);
      const { status, reason, epochs, batches, position, resumes, checkpoints, updated, steps } =
        state;
      const found = {
        summary: {
          schema: header.schema,
          name: header.name,
          status,
          reason,
          epochs,
          batches,
          position,
          epoch: state.rows.map(row => row.epoch),
          learning_rate: state.rows.map(row => row.learning_rate),
          resumes,
          checkpoints,
          updated,
          step: state.rows.map(row => row.step),
          time: state.rows.map(row => row.time),
          seconds: state.rows.map(row => state.clock.ofEpoch(row.epoch)),
          inherited: state.rows.filter(row => row.inherited).length,
          lacking: lacking(state),
          journal: 0,
          monitor: state.monitor,
          directions: state.directions,
          skipped: state.skipped
        },
        history: history(state),
        steps: {
          step: [...steps.step.values],
          epoch: [...steps.epoch.values],
          batch: [...steps.batch.values],
          learning_rate: [...steps.learningRate.values],
          ...Object.fromEntries(
            [...steps.metrics].map(([metric, column]) => [metric, [...column.values]])
          )
        },
        warnings: state.warnings,
        report: state.report,
        findings: state.findings,
        controls: state.controls,
        attempts: state.attempts,
        paused: state.paused,
        torn
      };
      assert.deepEqual(
        named(found),
        JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'))
      );
    });
  }
}
