/** The comparisons that Python's tests read too, with the same answers. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { codeChanges } from '../../src/compare/data/code';
import { curvesOf, placesOf, RATE } from '../../src/compare/data/curves';
import { factsOf } from '../../src/compare/data/facts';
import { distinct, labels } from '../../src/compare/data/labels';
import { treeOf } from '../../src/compare/data/lineage';
import { firstMetric, metricsOf } from '../../src/compare/data/metrics';
import { tableOf } from '../../src/compare/data/table';
import type { CompareAxis } from '../../src/protocol';
import { decodeCompared } from '../../src/compare/data/codec';

/** Tests run in `labextension/.tests`. */
const GOLDEN = join(process.cwd(), '..', '..', 'tests', 'golden', 'compare');
const CASES = ['two', 'forks', 'odd'];
const AXES: CompareAxis[] = ['epoch', 'step', 'examples', 'time', 'elapsed'];

interface Golden {
  runs: unknown[];
  expected: Record<string, unknown>;
}

/** As JSON has it: non-finite numbers by their names, maps as objects. */
function written(value: unknown): unknown {
  if (typeof value === 'number') {
    return Number.isFinite(value) ? value : String(value);
  }
  if (value instanceof Map) {
    return written(Object.fromEntries(value));
  }
  if (value instanceof Float64Array) {
    return written([...value]);
  }
  if (Array.isArray(value)) {
    return value.map(written);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, written(one)]));
  }
  return value;
}

for (const name of CASES) {
  const golden = JSON.parse(readFileSync(join(GOLDEN, `${name}.json`), 'utf8')) as Golden;
  const runs = distinct(golden.runs.map(decodeCompared));
  const [first] = runs;
  assert.ok(first);
  const metrics = metricsOf(runs);
  const names = [...metrics.map(one => one.name), RATE];

  const parts: Record<string, () => unknown> = {
    distinct: () => runs.map(({ key }) => key),
    labels: () => labels(runs),
    metrics: () => metrics,
    first_metric: () => firstMetric(metrics),
    table: () =>
      new Map([firstMetric(metrics), 'accuracy'].map(metric => [metric, tableOf(runs, metric)])),
    curves: () =>
      new Map(
        AXES.map(axis => {
          const places = placesOf(runs, axis);
          return [axis, new Map(names.map(metric => [metric, curvesOf(runs, metric, places)]))];
        })
      ),
    facts: () => factsOf(runs),
    code: () => new Map(runs.slice(1).map(run => [run.key, codeChanges(first, run)])),
    lineage: () => treeOf(runs)
  };

  test(`${name}: nothing that Python computes is left out`, () => {
    assert.deepEqual(Object.keys(golden.expected).sort(), Object.keys(parts).sort());
  });
  for (const [part, compute] of Object.entries(parts)) {
    test(`${name}: ${part} is what Python makes of it`, () => {
      assert.deepEqual(written(compute()), golden.expected[part]);
    });
  }
}
