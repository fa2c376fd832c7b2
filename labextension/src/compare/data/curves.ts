/** A metric of each run on a common axis: the twin of `view/compare/curves.py`. */
import type { CompareAxis, Header, Summary } from '../../protocol';
import type { Decoded } from '../../runs/values';
import type { ComparedRun } from './labels';
import { treeOf } from './lineage';
import { envelope, modeOf } from './metrics';

/** Drawn like a metric, and none. */
export const RATE = 'learning_rate';

/** A metric of one run: a point an epoch. */
export interface Curve {
  key: string;
  epoch: ArrayLike<number>;
  x: Float64Array;
  y: Float64Array;
  /** The best value so far. */
  best: Float64Array;
  /** How many of the points, from the first on, are its parent's. */
  inherited: number;
}

export type Places = Map<string, Float64Array>;

/** The metric of each readable run that has it, in the order of the runs; `places` are theirs. */
export function curvesOf(runs: readonly ComparedRun[], metric: string, places: Places): Curve[] {
  const mode = modeOf(metric, runs);
  const found: Curve[] = [];
  for (const run of runs) {
    const place = places.get(run.key);
    const { rows, values } = pointsOf(run, metric);
    const { summary } = run;
    if (place === undefined || summary === null || rows.length === 0) {
      continue;
    }
    const y = Float64Array.from(values);
    found.push({
      key: run.key,
      epoch: rows.map(row => summary.epoch[row] ?? 0),
      x: Float64Array.from(rows, row => place[row] ?? NaN),
      y,
      best: envelope(y, mode),
      inherited: rows.filter(row => row < summary.inherited).length
    });
  }
  return found;
}

/** The epochs that have the metric, as rows of the summary, and its value in each. */
export function pointsOf(
  { summary, history }: ComparedRun,
  metric: string
): { rows: number[]; values: readonly number[] } {
  if (summary === null) {
    return { rows: [], values: [] };
  }
  const isRate = metric === RATE;
  const all = isRate ? summary.learning_rate : own(history, metric);
  const having = isRate ? undefined : own(summary.lacking, metric);
  if (all === undefined || having === undefined) {
    const count = Math.min(all?.length ?? 0, summary.epoch.length);
    return {
      rows: Array.from({ length: count }, (_, row) => row),
      values: all?.slice(0, count) ?? []
    };
  }
  const rowOf = new Map(summary.epoch.map((epoch, row) => [epoch, row]));
  const rows: number[] = [];
  const values: number[] = [];
  having.slice(0, all.length).forEach((epoch, index) => {
    const row = rowOf.get(epoch);
    if (row !== undefined) {
      rows.push(row);
      values.push(all[index] ?? NaN);
    }
  });
  return { rows, values };
}

/** Per readable run where each of its epochs stands; a child's where its parent's do. */
export function placesOf(runs: readonly ComparedRun[], axis: CompareAxis): Places {
  const readable = new Map(
    runs.filter(run => run.header !== null && run.summary !== null).map(run => [run.key, run])
  );
  const places: Places = new Map();
  for (const node of treeOf([...readable.values()])) {
    const run = readable.get(node.key);
    const summary = run?.summary ?? null;
    if (run === undefined || summary === null) {
      continue;
    }
    const alone = aloneOf(run, axis);
    const parent = readable.get(node.parent ?? '')?.summary ?? null;
    const above = places.get(node.parent ?? '');
    const forked = node.parent !== null && parent !== null && above !== undefined;
    places.set(node.key, forked ? continued(alone, summary, parent, above) : alone);
  }
  return places;
}

function continued(
  alone: Float64Array,
  summary: Decoded<Summary>,
  parent: Decoded<Summary>,
  above: Float64Array
): Float64Array {
  const placeOf = new Map(parent.epoch.map((epoch, row) => [epoch, above[row]]));
  let shift = 0;
  return alone.map((x, row) => {
    const at = row < summary.inherited ? placeOf.get(summary.epoch[row] ?? NaN) : undefined;
    shift = at === undefined ? shift : at - x;
    return at ?? x + shift;
  });
}

/** Where the epochs of a run stand, whatever its parent. */
function aloneOf({ summary, header }: ComparedRun, axis: CompareAxis): Float64Array {
  if (summary === null || header === null) {
    return new Float64Array(0);
  }
  switch (axis) {
    case 'epoch':
      return Float64Array.from(summary.epoch);
    case 'step':
      return Float64Array.from(summary.step);
    case 'time':
      return Float64Array.from(summary.seconds);
    case 'examples':
      return examplesOf(summary, header);
    case 'elapsed':
      return elapsedOf(summary);
  }
}

function examplesOf(summary: Decoded<Summary>, header: Decoded<Header>): Float64Array {
  const { samples, batch_size: size } = header;
  const batches = header.batches || summary.batches;
  return samples > 0 && size > 0 && batches === Math.ceil(samples / size)
    ? Float64Array.from(summary.epoch, epoch => epoch * samples)
    : Float64Array.from(summary.step, step => step * Math.max(1, size));
}

function elapsedOf({ time, seconds }: Decoded<Summary>): Float64Array {
  const origin = (time[0] ?? 0) - (seconds[0] ?? 0);
  let now = 0;
  return Float64Array.from(time, at => (now = Math.max(at - origin, now)));
}

/** Names come from files: one may be that of something which every object has. */
function own<T>(values: Record<string, T>, name: string): T | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}
