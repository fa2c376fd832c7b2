/** What became of weights between checkpoints: where that comes from, and its records read with care. */
import type {
  Changes,
  ChangeSeries,
  CheckpointRef,
  Histogram,
  LayerChange,
  LayerSeries,
  VariableChange,
  WeightChange
} from '../../protocol';
import type { ServerRoutes } from '../../runs/server';
import type { Decoded } from '../../runs/values';
import {
  CorruptRecordError,
  int,
  list,
  maybe,
  num,
  nums,
  plain,
  record,
  text
} from '../../runs/values';

/** Somebody who can read checkpoints, which a page cannot. */
export interface ChangesSource {
  readonly available: Promise<boolean>;
  /** How each layer moved from one kept checkpoint of a run to the next. */
  series(run: string): Promise<Decoded<ChangeSeries>>;
  /** Two checkpoints, layer by layer. */
  changes(a: CheckpointRef, b: CheckpointRef): Promise<Decoded<Changes>>;
  /** How a variable's numbers are spread in both. */
  histogram(a: CheckpointRef, b: CheckpointRef, variable: string): Promise<Decoded<Histogram>>;
}

/** Our extension of the Jupyter Server. */
export class RouteChanges implements ChangesSource {
  constructor(private readonly server: Pick<ServerRoutes, 'available' | 'get'>) {}

  get available(): Promise<boolean> {
    return this.server.available;
  }

  async series(run: string): Promise<Decoded<ChangeSeries>> {
    return decodeSeries(parse(await this.server.get('changes/series', { run })));
  }

  async changes(a: CheckpointRef, b: CheckpointRef): Promise<Decoded<Changes>> {
    return decodeChanges(parse(await this.server.get('changes', pair(a, b))));
  }

  async histogram(
    a: CheckpointRef,
    b: CheckpointRef,
    variable: string
  ): Promise<Decoded<Histogram>> {
    const answer = await this.server.get('changes', { ...pair(a, b), variable });
    return decodeHistogram(parse(answer));
  }
}

function pair(a: CheckpointRef, b: CheckpointRef): Record<string, string> {
  return { a: a.run, a_file: a.file, b: b.run, b_file: b.file };
}

function parse(json: string): unknown {
  try {
    return plain(JSON.parse(json));
  } catch (error) {
    throw new CorruptRecordError(`Not JSON: ${String(error)}`);
  }
}

const ref = record<CheckpointRef>({ run: text, file: text });
const weights = record<Decoded<WeightChange>>({
  count: int,
  norm_a: num,
  norm_b: num,
  change: num,
  relative: num,
  cosine: num,
  changed: num,
  bad_a: int,
  bad_b: int,
  units: int,
  dead_a: int,
  dead_b: int
});
const variable = record<Decoded<VariableChange>>({
  path: text,
  name: text,
  shape: list(int),
  dtype: text,
  weights
});
const layer = record<Decoded<LayerChange>>({
  path: text,
  label: text,
  weights,
  variables: list(variable)
});

export const decodeChanges = record<Decoded<Changes>>({
  a: ref,
  b: ref,
  layers: list(layer),
  total: weights,
  unmatched: list(
    record({
      path: text,
      label: text,
      shape_a: maybe(list(int)),
      shape_b: maybe(list(int))
    })
  )
});

export const decodeSeries = record<Decoded<ChangeSeries>>({
  run: text,
  files: list(text),
  positions: list(record({ epoch: int, batch: int, step: int })),
  layers: list(
    record<Decoded<LayerSeries>>({
      path: text,
      label: text,
      norm: nums,
      relative: nums,
      bad: list(int),
      dead: list(int),
      units: int
    })
  ),
  damaged: list(record({ file: text, problem: text }))
});

export const decodeHistogram = record<Decoded<Histogram>>({
  path: text,
  edges: nums,
  a: list(int),
  b: list(int)
});
