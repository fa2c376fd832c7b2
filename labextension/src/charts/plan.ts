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

/** A run may have any number of metrics; a page may not draw them all at once. */
export const MOST_CHARTS = 24;

/** The metrics that have a chart until a person chooses others. */
const AT_FIRST = 4;

/** Logged by callbacks of Keras, and no metrics: each run has its learning rate anyhow. */
export const RATES: ReadonlySet<string> = new Set(['learning_rate', 'lr']);
const VALIDATION = 'val_';
/** Losses and Keras' metrics of error. */
const LOSS = /loss|error|^(mse|mae|mape|msle|rmse)$/i;

export interface Plans {
  charts: ChartPlan[];
  /** All metrics that a chart can be had of. */
  metrics: string[];
  /** Those that have one. */
  chosen: string[];
}

/** The loss first, then the other metrics as they come, the learning rate last; `chosen` are wanted. */
export function planCharts(
  stepMetrics: Iterable<string>,
  rows: readonly EpochRow[],
  chosen: readonly string[] | null
): Plans {
  const names = new Set(stepMetrics);
  for (const row of rows) {
    for (const name of Object.keys(row.logs)) {
      names.add(name);
    }
  }
  const found = new Set<string>();
  for (const name of names) {
    if (!RATES.has(name)) {
      found.add(name.startsWith(VALIDATION) ? name.slice(VALIDATION.length) : name);
    }
  }
  const metrics = [...found].sort((a, b) => Number(b === 'loss') - Number(a === 'loss'));
  const wanted = chosen?.filter(metric => found.has(metric)) ?? [];
  const shown =
    wanted.length > 0
      ? metrics.filter(metric => wanted.includes(metric)).slice(0, MOST_CHARTS)
      : metrics.slice(0, AT_FIRST);
  const charts = shown.map((metric): ChartPlan => ({
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
  return { charts, metrics, chosen: shown };
}
