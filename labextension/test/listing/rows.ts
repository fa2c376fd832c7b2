/** Rows to build lists from. */
import type { Entry, Row } from '../../src/listing/entry';
import { entryOf } from '../../src/listing/entry';

/** A finished run, but for what is given. */
export function entry(name: string, changes: Partial<Row> = {}): Entry {
  return entryOf({
    folder: `kresume_runs/${name}`,
    name,
    title: '',
    pinned: false,
    notebook: 'train.ipynb',
    created: 0,
    updated: 100,
    status: 'finished',
    reason: 'completed',
    epochs: 12,
    batches: 60,
    position: { epoch: 12, batch: 0, step: 720 },
    monitor: 'val_loss',
    best: 0.5,
    best_epoch: 9,
    trail: [3, 2, 1],
    checkpoints: 4,
    bytes: 9_400_000,
    kernel: null,
    began: 0,
    heartbeat: null,
    problem: '',
    mode: 'min',
    ...changes
  });
}
