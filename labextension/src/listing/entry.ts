/** Runs in a list: how each stands, in which order, and which are wanted. Pure. */
import { directionOf } from '../runs/monitored';
import type { RunRow } from '../protocol';
import { liveness } from '../runs/liveness';
import type { RunStatus } from '../runs/model';
import type { Decoded } from '../runs/values';

export type Row = Decoded<RunRow>;

/** A run folder, and its row once that was read. */
export interface Entry {
  /** Path for the Contents API. */
  folder: string;
  name: string;
  /** When something in it last changed, in seconds since 1970, as far as is known. */
  changed: number;
  row: Row | null;
}

export type EntryStatus = RunStatus | 'unread' | 'unreadable';
export type Order = 'newest' | 'name' | 'best';

/** The entry of a row that was read. */
export function entryOf(row: Row): Entry {
  return { folder: row.folder, name: row.name, changed: row.updated, row };
}

/** How the run stands; `restartOf` tells when the page saw a kernel restart. */
export function statusOf(
  { row }: Entry,
  restartOf: (kernel: string | null) => number | null
): EntryStatus {
  if (row === null) {
    return 'unread';
  }
  if (row.problem !== '') {
    return 'unreadable';
  }
  const life = liveness({
    status: row.status,
    writerKernel: row.kernel,
    writerStarted: row.began,
    restarted: restartOf(row.kernel),
    heartbeatAge: row.heartbeat
  });
  return row.status === 'running' && life === 'dead' ? 'stopped' : row.status;
}

/** Share of the training that is done, 0 to 1. */
export function shareOf({ epochs, batches, position }: Row): number {
  const done = position.epoch + (batches > 0 ? position.batch / batches : 0);
  return epochs > 0 ? Math.min(1, done / epochs) : 0;
}

/** What a person calls the run. */
export function titleOf({ row, name }: Entry): string {
  const title = row?.title ?? '';
  return title === '' ? name : title;
}

/** Those of which every word is found in the title, the name or the notebook. */
export function filtered(entries: readonly Entry[], wanted: string): Entry[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  return entries.filter(entry => {
    const where = [titleOf(entry), entry.folder, entry.row?.notebook ?? '']
      .join('\n')
      .toLowerCase();
    return words.every(word => where.includes(word));
  });
}

const NAMES = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** In that order; runs of which the order knows nothing come last. */
export function ordered(entries: readonly Entry[], order: Order): Entry[] {
  const byName = (a: Entry, b: Entry): number => NAMES.compare(titleOf(a), titleOf(b));
  const byAge = (a: Entry, b: Entry): number => b.changed - a.changed || byName(a, b);
  const sorted = [...entries];
  switch (order) {
    case 'name':
      return sorted.sort(byName);
    case 'newest':
      return sorted.sort(byAge);
    case 'best':
      return sorted.sort((a, b) => byBest(a.row, b.row) || byAge(a, b));
  }
}

/** The better of two values of one metric first; of different metrics, by the metric's name. */
function byBest(a: Row | null, b: Row | null): number {
  const [one, other] = [valueOf(a), valueOf(b)];
  if (one === null || other === null) {
    return Number(one === null) - Number(other === null);
  }
  if (one.monitor !== other.monitor) {
    return NAMES.compare(one.monitor, other.monitor);
  }
  const sign = directionOf(one.monitor, one.mode ?? other.mode) === 'max' ? -1 : 1;
  return one.best === other.best ? 0 : sign * (one.best < other.best ? -1 : 1);
}

function valueOf(row: Row | null): (Pick<Row, 'mode'> & { monitor: string; best: number }) | null {
  const { monitor, mode, best } = row ?? { monitor: null, mode: null, best: null };
  return monitor === null || best === null || Number.isNaN(best) ? null : { monitor, mode, best };
}
