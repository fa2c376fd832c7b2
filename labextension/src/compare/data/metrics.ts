/** Which metrics runs have in common, and which values are best: the twin of `view/compare/metrics.py`. */
import { RATES } from '../../charts/plan';
import type { Direction } from '../../protocol';
import { bestIndex, directionOf, isBetter, storedDirection } from '../../runs/monitored';
import type { ComparedRun } from './labels';

export type Mode = Direction;

export interface Metric {
  name: string;
  mode: Mode;
  /** Keys of the runs that have it. */
  runs: string[];
  /** Whether all readable runs with epochs have it. */
  common: boolean;
}

/** A value, and the epoch that it was reached in. */
export interface Best {
  value: number;
  epoch: number;
}

const FIRST = ['loss', 'val_loss'];

/** Whether the best value is the least or the greatest: as the first run says that says it. */
export function modeOf(name: string, runs: readonly ComparedRun[]): Mode {
  for (const { summary } of runs) {
    const said = summary === null ? null : storedDirection(name, summary);
    if (said !== null) {
      return said;
    }
  }
  return directionOf(name, null);
}

/** All metrics, in the order in which to offer them. */
export function metricsOf(runs: readonly ComparedRun[]): Metric[] {
  const begun = runs.filter(({ summary }) => summary !== null && summary.epoch.length > 0);
  const having = new Map<string, string[]>();
  for (const run of begun) {
    for (const [name, values] of Object.entries(run.history)) {
      if (values.length > 0 && !RATES.has(name)) {
        having.set(name, [...(having.get(name) ?? []), run.key]);
      }
    }
  }
  const rank = (name: string): number => (FIRST.includes(name) ? FIRST.indexOf(name) : 2);
  return [...having]
    .map(([name, keys]): Metric => {
      return { name, mode: modeOf(name, runs), runs: keys, common: keys.length === begun.length };
    })
    .sort((a, b) => Number(b.common) - Number(a.common) || rank(a.name) - rank(b.name));
}

/** The metric to begin with; empty if there is none. */
export function firstMetric(metrics: readonly Metric[]): string {
  const common = (name: string): boolean => metrics.some(one => one.name === name && one.common);
  return ['val_loss', 'loss'].find(common) ?? metrics[0]?.name ?? '';
}

/** The best finite value, the earliest of equals; null if no value is finite. */
export function bestOf(
  values: ArrayLike<number>,
  epochs: ArrayLike<number>,
  mode: Mode
): Best | null {
  const index = bestIndex(values, mode);
  const value = values[index] ?? NaN;
  return Number.isFinite(value) ? { value, epoch: epochs[index] ?? 0 } : null;
}

/** The best finite value so far at each; NaN before the first. */
export function envelope(values: ArrayLike<number>, mode: Mode): Float64Array {
  const found = new Float64Array(values.length);
  let best = NaN;
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? NaN;
    if (Number.isFinite(value) && (Number.isNaN(best) || isBetter(value, best, mode))) {
      best = value;
    }
    found[row] = best;
  }
  return found;
}
