/** Which charts a run has and what each of them draws: pure. */
import type { EpochRow } from '../runs/fold';

export interface ChartPlan {
  /** Unique among the charts of a run. */
  key: string;
  kind: 'metric' | 'learning-rate';
  /** Metric of the training data, per step and per epoch. */
  metric: string;
  /** The same on the validation data, if the run has it. */
  validation: string | null;
  /** Whether it falls by orders of magnitude, so that a logarithmic scale has something to show. */
  loss: boolean;
}

/** A run may have any number of metrics; a page may not. */
export const MOST_CHARTS = 12;

const RATES = new Set(['learning_rate', 'lr']);
const VALIDATION = 'val_';
/** Losses and Keras' metrics of error. */
const LOSS = /loss|error|^(mse|mae|mape|msle|rmse)$/i;

/** The loss first, then the other metrics as they come, the learning rate last. */
export function planCharts(
  stepMetrics: Iterable<string>,
  rows: readonly EpochRow[]
): { charts: ChartPlan[]; left: number } {
  const names = new Set(stepMetrics);
  for (const row of rows) {
    for (const name of Object.keys(row.logs)) {
      names.add(name);
    }
  }
  const metrics = new Set<string>();
  for (const name of names) {
    if (!RATES.has(name)) {
      metrics.add(name.startsWith(VALIDATION) ? name.slice(VALIDATION.length) : name);
    }
  }
  const ordered = [...metrics].sort((a, b) => Number(b === 'loss') - Number(a === 'loss'));
  const charts = ordered.slice(0, MOST_CHARTS - 1).map((metric): ChartPlan => ({
    key: `metric:${metric}`,
    kind: 'metric',
    metric,
    validation: names.has(VALIDATION + metric) ? VALIDATION + metric : null,
    loss: LOSS.test(metric)
  }));
  if (charts.length > 0) {
    charts.push({
      key: 'learning-rate',
      kind: 'learning-rate',
      metric: 'learning_rate',
      validation: null,
      loss: false
    });
  }
  return { charts, left: Math.max(0, ordered.length - (MOST_CHARTS - 1)) };
}
