/** What became of weights between checkpoints: where that comes from, and its records read with care. */
import type { Changes, ChangeSeries, CheckpointRef, Histogram } from '../../protocol';
import * as decoders from '../../runs/decoders';
import type { ServerRoutes } from '../../runs/server';
import type { Decoded } from '../../runs/values';
import { CorruptRecordError, plain } from '../../runs/values';

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
    return decoders.changeSeries(parse(await this.server.get('changes/series', { run })));
  }

  async changes(a: CheckpointRef, b: CheckpointRef): Promise<Decoded<Changes>> {
    return decoders.changes(parse(await this.server.get('changes', pair(a, b))));
  }

  async histogram(
    a: CheckpointRef,
    b: CheckpointRef,
    variable: string
  ): Promise<Decoded<Histogram>> {
    const answer = await this.server.get('changes', { ...pair(a, b), variable });
    return decoders.histogram(parse(answer));
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
