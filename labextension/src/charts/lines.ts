/** The points of a chart's lines, from the state of a run: pure. */
import type { EpochRow, RunState } from '../runs/fold';
import { downsample } from './downsample';
import type { ChartPlan } from './plan';

/** Values over ascending x; null is a gap (a value that is not finite). */
export interface Line {
  x: number[];
  y: (number | null)[];
  /** Row of the step table, or number of the epoch, that each point stands for; -1 for neither. */
  source: number[];
}

const NONE: Line = { x: [], y: [], source: [] };

export interface ChartLines {
  steps: Line;
  epochs: Line;
  validation: Line | null;
  /** How many values are NaN or infinite, over all steps and epochs. */
  gaps: number;
}

/** What to draw for `plan` on a plot of `width` pixels. */
export function linesOf(state: RunState, plan: ChartPlan, width: number): ChartLines {
  const { steps } = state;
  const column =
    plan.kind === 'learning-rate' ? steps.learningRate : steps.metrics.get(plan.metric);
  const values = column?.values ?? new Float64Array(0);
  const xs = steps.x.values;
  const rows = downsample(xs, values, width);
  const ofEpoch = (name: string): Line => {
    const having = state.rows.filter(row => name in row.logs);
    return {
      x: having.map(row => row.epoch),
      y: having.map(row => finite(row.logs[name])),
      source: having.map(row => row.epoch)
    };
  };
  const epochs = plan.kind === 'learning-rate' ? NONE : ofEpoch(plan.metric);
  const validation = plan.validation === null ? null : ofEpoch(plan.validation);
  let gaps = column?.gaps ?? 0;
  for (const line of [epochs, validation]) {
    gaps += line?.y.filter(value => value === null).length ?? 0;
  }
  const perStep: Line = {
    x: rows.map(row => xs[row] ?? 0),
    y: rows.map(row => finite(values[row])),
    source: rows
  };
  return {
    steps: plan.kind === 'learning-rate' ? withEarlierRates(perStep, state.rows) : perStep,
    epochs,
    validation,
    gaps
  };
}

/** Epochs that were copied from a parent run have no steps here, but a rate each. */
function withEarlierRates(steps: Line, rows: readonly EpochRow[]): Line {
  const first = steps.x[0] ?? Infinity;
  const earlier = rows.filter(row => row.epoch < first);
  return {
    x: [...earlier.map(row => row.epoch), ...steps.x],
    y: [...earlier.map(row => finite(row.learning_rate)), ...steps.y],
    source: [...earlier.map(() => -1), ...steps.source]
  };
}

/** Where a position lies on an axis of epochs. */
export function xOf(position: { epoch: number; batch: number }, batches: number): number {
  return position.epoch + (batches > 0 ? position.batch / batches : 0);
}

/** The end of the axis: whole epochs while they are few, then as far as there is data. */
export function xRange(from: number, to: number): [number, number] {
  const start = Math.max(0, Math.floor(from));
  const end = to < 50 ? Math.ceil(to - 1e-9) : to;
  return [start === 1 ? 0 : start, Math.max(end, start + 1)];
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
