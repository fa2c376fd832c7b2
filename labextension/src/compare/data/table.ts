/** A row for each run, and the order of the rows: the twin of `view/compare/table.py`. */
import { pointsOf } from './curves';
import type { ComparedRun } from './labels';
import { labels, nameOf } from './labels';
import type { Best, Mode } from './metrics';
import { bestOf, modeOf } from './metrics';

/** A run. Numbers are null, and texts empty, where they are not known. */
export interface Row {
  key: string;
  label: string;
  name: string;
  /** As the files say, or `unreadable`. */
  status: 'running' | 'finished' | 'interrupted' | 'failed' | 'unreadable';
  problem: string;
  best: Best | null;
  /** The last value, whatever it is, and its epoch. */
  final: Best | null;
  /** Complete. */
  epochs: number | null;
  /** Epochs asked for in all. */
  asked: number | null;
  steps: number | null;
  /** Of training, up to the last epoch's end. */
  seconds: number | null;
  parameters: number | null;
  optimizer: string;
  /** As the optimizer was made: a number, a schedule's name, or null. */
  learning_rate: unknown;
  batch_size: number | null;
  samples: number | null;
  seed: number | null;
  device: string;
  versions: Record<string, string>;
  /** Name of the run that it was forked from. */
  parent: string;
  created: number | null;
  updated: number | null;
}

const UNKNOWN = {
  best: null,
  final: null,
  epochs: null,
  asked: null,
  steps: null,
  seconds: null,
  parameters: null,
  optimizer: '',
  learning_rate: null,
  batch_size: null,
  samples: null,
  seed: null,
  device: '',
  versions: {},
  parent: '',
  created: null,
  updated: null
};

/** A row for each run, in order; best and final are those of the metric. */
export function tableOf(runs: readonly ComparedRun[], metric: string): Row[] {
  const named = labels(runs);
  const mode = modeOf(metric, runs);
  return runs.map(run => rowOf(run, named.get(run.key) ?? run.key, metric, mode));
}

function rowOf(run: ComparedRun, label: string, metric: string, mode: Mode): Row {
  const { key, header, summary, problem } = run;
  const name = nameOf(run);
  if (header === null || summary === null) {
    return { key, label, name, status: 'unreadable', problem, ...UNKNOWN };
  }
  const { rows, values } = pointsOf(run, metric);
  const epochs = rows.map(row => summary.epoch[row] ?? 0);
  const last = values.length - 1;
  const { optimizer } = header.compile;
  return {
    key,
    label,
    name,
    status: summary.status,
    problem: '',
    best: bestOf(values, epochs, mode),
    final: last < 0 ? null : { value: values[last] ?? NaN, epoch: epochs[last] ?? 0 },
    epochs: summary.position.epoch,
    asked: summary.epochs,
    steps: summary.position.step,
    seconds: summary.seconds[summary.seconds.length - 1] ?? 0,
    parameters: header.parameters,
    optimizer: classOf(optimizer),
    learning_rate: rateOf(optimizer),
    batch_size: header.batch_size,
    samples: header.samples,
    seed: header.seed,
    device: header.device,
    versions: header.versions,
    parent: header.parent?.run ?? '',
    created: header.created,
    updated: summary.updated
  };
}

/** The class that Keras' description of an object names: `Adam`, `LossScaleOptimizer(Adam)`. */
export function classOf(described: unknown): string {
  if (typeof described === 'string') {
    return described;
  }
  const { class_name: name } = tableIn(described);
  if (typeof name !== 'string') {
    return '';
  }
  const inner = classOf(configOf(described).inner_optimizer);
  return inner === '' ? name : `${name}(${inner})`;
}

function rateOf(described: unknown): unknown {
  const config = configOf(described);
  const { learning_rate: rate = null } = config;
  if (!Object.hasOwn(config, 'learning_rate') && Object.hasOwn(config, 'inner_optimizer')) {
    return rateOf(config.inner_optimizer);
  }
  return typeof rate === 'object' && rate !== null ? classOf(rate) || null : rate;
}

function configOf(described: unknown): Record<string, unknown> {
  return tableIn(tableIn(described).config);
}

function tableIn(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
