import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Curve } from '../../../src/compare/data/curves';
import {
  closest,
  drawnOf,
  extentOf,
  heightOf,
  pointsIn,
  rowAt,
  undrawable
} from '../../../src/compare/data/geometry';
import { envelope } from '../../../src/compare/data/metrics';

function curve(key: string, y: number[], more: Partial<Curve> = {}): Curve {
  const values = Float64Array.from(y);
  return {
    key,
    epoch: y.map((_, row) => row + 1),
    x: Float64Array.from(y, (_, row) => row + 1),
    y: values,
    best: envelope(values, 'min'),
    inherited: 0,
    ...more
  };
}

const none = { smoothing: 0, best: false, forks: new Set<string>() };

function drawn(one: Curve, way = none): ReturnType<typeof drawnOf>[number] {
  const [made] = drawnOf([one], way);
  assert.ok(made);
  return made;
}

test('a child is drawn from the last epoch that is its parent’s, if the parent is drawn', () => {
  const child = curve('child', [4, 3, 2, 1], { inherited: 2 });
  assert.equal(drawn(child).from, 0);
  assert.equal(drawn(child, { ...none, forks: new Set(['child']) }).from, 1);
});

test('the best so far is drawn in steps, with the values behind it', () => {
  const made = drawn(curve('a', [3, 1, 2]), { ...none, best: true });
  assert.deepEqual([...made.y], [3, 1, 1]);
  assert.deepEqual([...(made.faint ?? [])], [3, 1, 2]);
  assert.ok(made.stepped);
});

test('a long line is smoothed and keeps its values, a short one is left alone', () => {
  const long = drawn(
    curve(
      'a',
      Array.from({ length: 500 }, (_, row) => row % 2)
    ),
    {
      ...none,
      smoothing: 0.9
    }
  );
  assert.ok(Math.abs((long.y[499] ?? 0) - 0.5) < 0.1);
  assert.equal(long.faint?.[499], 1);
  assert.equal(drawn(curve('a', [1, 2, 3]), { ...none, smoothing: 0.9 }).faint, null);
});

test('the nearest point is found, and none before a fork', () => {
  const one = drawn(curve('a', [1, 2, 3, 4], { inherited: 3 }), {
    ...none,
    forks: new Set(['a'])
  });
  assert.equal(rowAt(one, 0), 2);
  assert.equal(rowAt(one, 3.4), 2);
  assert.equal(rowAt(one, 3.6), 3);
  assert.equal(rowAt(one, 99), 3);
  assert.equal(rowAt(drawn(curve('b', [])), 1), -1);
});

test('the pointer means the curve closest to it; one that ended before only if there is no other', () => {
  const runs = drawnOf([curve('short', [5, 5]), curve('long', [1, 1, 1, 1])], none);
  const down = (value: number): number => value * 10;
  assert.deepEqual(closest(runs, 2, 48, down), { key: 'short', row: 1 });
  assert.deepEqual(closest(runs, 2, 12, down), { key: 'long', row: 1 });
  assert.equal(closest(runs, 4, 48, down)?.key, 'long');
  assert.equal(closest([], 4, 48, down), null);
});

test('values that cannot be drawn neither stretch the axis nor are joined', () => {
  const one = drawn(curve('a', [1, NaN, Infinity, 0, 4]));
  assert.deepEqual(heightOf([one], [0, 9], -Infinity), [0, 4]);
  assert.deepEqual(heightOf([one], [0, 9], 0), [1, 4]);
  assert.equal(heightOf([drawn(curve('a', [NaN]))], [0, 9], -Infinity), null);
  assert.deepEqual([...pointsIn(one.curve.x, one.y, 0, [0, 9], 100, 0).y], [1, NaN, NaN, NaN, 4]);
});

test('the axis begins at zero where training nearly does, and is never of no length', () => {
  const from = (x: number[]): number =>
    extentOf([{ ...curve('a', x), x: Float64Array.from(x) }])[0];
  assert.equal(from([1, 2, 3]), 0);
  assert.equal(from([100, 110]), 100);
  assert.equal(from([60, 1000]), 0);
  const [start, end] = extentOf([curve('a', [1])]);
  assert.ok(start < end);
  assert.deepEqual(extentOf([]), [0, 1]);
});

test('ten thousand epochs are drawn with no more points than a plot can show, its spike among them', () => {
  const y = Array.from({ length: 10_000 }, (_, row) => (row === 7777 ? 50 : 1));
  const { x, y: values } = pointsIn(
    curve('a', y).x,
    Float64Array.from(y),
    0,
    [0, 10_000],
    600,
    -Infinity
  );
  assert.ok(x.length <= 3 * 602);
  assert.ok(values.includes(50));
});

test('what was computed of a curve is not computed again, and never taken for that of another way', () => {
  const values = Float64Array.from({ length: 400 }, (_, row) => Math.sin(row));
  const one = curve('a', [...values]);
  const smooth = { ...none, smoothing: 0.9 };
  assert.equal(drawn(one, smooth).y, drawn(one, smooth).y);
  assert.notDeepEqual(drawn(one, smooth).y, drawn(one, { ...smooth, smoothing: 0.5 }).y);
  const points = (range: [number, number], width: number, floor = -Infinity): number[] => [
    ...pointsIn(one.x, one.y, 0, range, width, floor).y
  ];
  const { x, y } = one;
  assert.equal(pointsIn(x, y, 0, [1, 400], 20, 0), pointsIn(x, y, 0, [1, 400], 20, 0));
  assert.notDeepEqual(points([1, 400], 20), points([1, 400], 30));
  assert.notDeepEqual(points([1, 400], 20), points([1, 380], 20));
  assert.notDeepEqual(points([1, 400], 20), points([1, 400], 20, 0));
  assert.deepEqual(undrawable([drawn(one)], -Infinity), { gaps: 0, low: 0 });
  assert.equal(undrawable([drawn(one)], 0).low, values.filter(value => value <= 0).length);
  const [low, high] = heightOf([drawn(one)], [1, 400], -Infinity) ?? [0, 0];
  assert.ok(low < 0 && high > 0);
  assert.ok((heightOf([drawn(one)], [1, 400], 0) ?? [0])[0] > 0);
});
