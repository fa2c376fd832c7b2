/** Lists runs by the Contents API alone: names at once, each row when it comes into sight. */
import type { Summary } from '../protocol';
import { FILES, SCHEMA } from '../protocol';
import { decodeHistory, decodeHeader, decodeMarks, schemaOf } from '../runs/codec';
import type { RunFiles } from '../runs/files';
import { folderOf, isRunName, joinPath } from '../runs/location';
import { bestIndex, directionOf, storedDirection } from '../runs/monitored';
import { MissingFileError } from '../runs/tail';
import type { Decoded } from '../runs/values';
import type { Entry, Row } from './entry';
import type { Listing, RowSource } from './source';

const TRAIL = 48;

export class ContentsRows implements RowSource {
  constructor(private readonly files: RunFiles) {}

  async folder(path: string): Promise<Listing> {
    // Looked for in its parent: asking for a folder that is not there puts an error in the console.
    const name = path.slice(joinPath(folderOf(path), '').length);
    const beside = await this.files.folders(folderOf(path));
    const listed = beside.some(one => one.name === name) ? await this.files.folders(path) : [];
    const entries = listed
      .filter(one => isRunName(one.name))
      .map(one => ({
        folder: one.path,
        name: one.name,
        changed: one.modified / 1000,
        row: null
      }));
    return { entries, complete: true };
  }

  below(): Promise<null> {
    return Promise.resolve(null);
  }

  async read({ folder, name }: Entry): Promise<Row> {
    const { files } = this;
    try {
      const json = await files.text(joinPath(folder, FILES.header));
      const schema = schemaOf(json);
      if (schema > SCHEMA) {
        throw new Error(`Its layout is version ${schema}; this page reads up to ${SCHEMA}`);
      }
      const header = decodeHeader(json);
      const there = await files.list(folder);
      const named = (file: string): boolean => there.some(one => one.name === file);
      const text = (file: string): Promise<string> => files.text(joinPath(folder, file));
      const history = named(FILES.history) ? await text(FILES.history) : null;
      const told = history === null ? null : decodeHistory(history);
      const summary = told?.summary ?? null;
      const columns = told?.history ?? {};
      const marks = named(FILES.marks) ? decodeMarks(await text(FILES.marks)) : null;
      const kept = summary?.checkpoints ?? [];
      const { writer } = header;
      const began = summary === null || writer.started > summary.updated;
      const status = began ? 'running' : summary.status;
      return {
        folder,
        name,
        title: marks?.title ?? '',
        pinned: marks?.pinned ?? false,
        notebook: header.notebook,
        created: header.created,
        updated: Math.max(summary?.updated ?? 0, writer.started),
        status,
        reason: began ? '' : summary.reason,
        epochs: summary?.epochs ?? Number(header.fit.epochs ?? 0),
        batches: summary?.batches ?? header.batches,
        position: summary?.position ?? { epoch: 0, batch: 0, step: 0 },
        ...bestIn(summary, columns),
        trail: thinned(columns.loss ?? []),
        checkpoints: kept.length,
        bytes: [...there, ...kept].reduce((total, one) => total + one.bytes, 0),
        kernel: writer.kernel,
        began: writer.started,
        heartbeat: status === 'running' ? await files.heartbeatAge(folder) : null,
        problem: ''
      };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const problem = error instanceof MissingFileError ? `No run folder: ${message}` : message;
      return { ...UNREADABLE, folder, name, problem };
    }
  }

  now(): number {
    return this.files.now();
  }
}

const UNREADABLE: Omit<Row, 'folder' | 'name' | 'problem'> = {
  title: '',
  pinned: false,
  notebook: null,
  created: 0,
  updated: 0,
  status: 'failed',
  reason: '',
  epochs: 0,
  batches: 0,
  position: { epoch: 0, batch: 0, step: 0 },
  monitor: null,
  mode: null,
  best: null,
  best_epoch: null,
  trail: [],
  checkpoints: 0,
  bytes: 0,
  kernel: null,
  began: 0,
  heartbeat: null
};

/** The log that tells how good the run is, which way, its best value, and the epoch of that. */
function bestIn(
  summary: Decoded<Summary> | null,
  columns: Record<string, number[]>
): Pick<Row, 'monitor' | 'mode' | 'best' | 'best_epoch'> {
  const valued = summary?.checkpoints.filter(one => one.monitor !== null).pop()?.monitor;
  const named = [summary?.monitor, valued, 'val_loss', 'loss'];
  const monitor = named.find(one => typeof one === 'string' && Object.hasOwn(columns, one));
  if (summary === null || typeof monitor !== 'string') {
    return { monitor: null, mode: null, best: null, best_epoch: null };
  }
  const values = columns[monitor] ?? [];
  const mode = directionOf(monitor, storedDirection(monitor, summary));
  const index = bestIndex(values, mode);
  const epochs = summary.lacking[monitor] ?? summary.epoch;
  return { monitor, mode, best: values[index] ?? null, best_epoch: epochs[index] ?? null };
}

function thinned(values: readonly number[]): number[] {
  const count = Math.min(values.length, TRAIL);
  const step = (values.length - 1) / Math.max(1, count - 1);
  return Array.from({ length: count }, (_, index) => values[Math.round(index * step)] ?? NaN);
}
