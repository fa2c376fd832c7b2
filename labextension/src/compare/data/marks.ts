/** What stands out on a run's curve: where it was resumed or forked, and its best value. Pure. */
import type { Position } from '../../protocol';
import type { Curve, Places } from './curves';
import { RATE } from './curves';
import type { ComparedRun } from './labels';
import type { Node } from './lineage';

export interface Mark {
  kind: 'resumed' | 'forked' | 'best';
  key: string;
  x: number;
  y: number;
}

/** The marks of a metric's curves. */
export function marksOf(
  metric: string,
  curves: readonly Curve[],
  runs: readonly ComparedRun[],
  tree: readonly Node[],
  places: Places
): Mark[] {
  const byKey = new Map(runs.map(run => [run.key, run]));
  const nodes = new Map(tree.map(node => [node.key, node]));
  return curves.flatMap(curve => {
    const { key } = curve;
    const run = byKey.get(key);
    const place = places.get(key);
    const summary = run?.summary ?? null;
    if (summary === null || place === undefined) {
      return [];
    }
    const { epoch, resumes, batches } = summary;
    const marks: Mark[] = resumes.map(position => {
      const x = placeOf(position, epoch, place, batches);
      return { kind: 'resumed', key, x, y: valueAt(curve, x) };
    });
    const node = nodes.get(key);
    if (node !== undefined && node.parent !== null && curve.inherited > 0) {
      const row = curve.inherited - 1;
      marks.push({ kind: 'forked', key, x: curve.x[row] ?? NaN, y: curve.y[row] ?? NaN });
    }
    const row = bestRow(curve, metric);
    if (row >= 0) {
      marks.push({ kind: 'best', key, x: curve.x[row] ?? NaN, y: curve.y[row] ?? NaN });
    }
    return marks;
  });
}

/** Where a batch boundary stands between the ends of the epochs around it. */
export function placeOf(
  position: Position,
  epochs: readonly number[],
  place: Float64Array,
  batches: number
): number {
  const row = epochs.indexOf(position.epoch);
  const before = row >= 0 ? (place[row] ?? 0) : 0;
  const next = place[epochs.indexOf(position.epoch + 1)];
  const share = batches > 0 ? position.batch / batches : 0;
  return next === undefined ? before : before + share * (next - before);
}

/** On the line between the two points around `x`. */
function valueAt({ x: xs, y: ys }: Curve, x: number): number {
  const next = xs.findIndex(one => one >= x);
  if (next < 0) {
    return ys[ys.length - 1] ?? NaN;
  }
  const [to, high] = [xs[next] ?? 0, ys[next] ?? NaN];
  if (next === 0 || to === x) {
    return high;
  }
  const [from, low] = [xs[next - 1] ?? 0, ys[next - 1] ?? NaN];
  return low + ((high - low) * (x - from)) / (to - from);
}

function bestRow({ y, best }: Curve, metric: string): number {
  const last = best[best.length - 1] ?? NaN;
  return metric === RATE ? -1 : y.indexOf(last);
}
