/** What the list of runs says: pure sentences. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { formatValue } from '../ui/numbers';
import { size } from '../ui/format';
import type { Entry, EntryStatus, Row } from './entry';
import { titleOf } from './entry';

/** What a row tells of what a run keeps on disk. */
export type Retention = 'size' | 'checkpoints' | 'both';

/** The word beside the status mark. */
export function statusWord(status: EntryStatus, trans: TranslationBundle): string {
  switch (status) {
    case 'running':
      return trans.__('Running');
    case 'stopped':
      return trans.__('Stopped');
    case 'finished':
      return trans.__('Finished');
    case 'interrupted':
      return trans.__('Interrupted');
    case 'failed':
      return trans.__('Failed');
    case 'missing':
      return trans.__('Not found');
    case 'unread':
      return trans.__('Reading …');
    case 'unreadable':
      return trans.__('Cannot be read');
  }
}

/** How far it is. */
export function progressWords(row: Row, status: EntryStatus, trans: TranslationBundle): string {
  const { epochs, batches, position } = row;
  if (epochs === 0) {
    return '';
  }
  if (status === 'finished' && position.epoch === epochs) {
    return trans._n('%1 epoch', '%1 epochs', epochs);
  }
  return position.batch > 0 && batches > 0
    ? trans.__('epoch %1 of %2, %3%', position.epoch + 1, epochs, percent(position.batch, batches))
    : trans.__('epoch %1 of %2', position.epoch, epochs);
}

function percent(part: number, whole: number): number {
  return Math.min(100, Math.floor((100 * part) / whole));
}

/** The best value and where it was. */
export function bestWords(row: Row, trans: TranslationBundle): string {
  const { monitor, best, best_epoch } = row;
  if (monitor === null || best === null) {
    return '';
  }
  return best_epoch === null
    ? trans.__('%1 %2', monitor, formatValue(best))
    : trans.__('%1 %2 in epoch %3', monitor, formatValue(best), best_epoch);
}

/** What it keeps on disk. */
export function keptWords(row: Row, retention: Retention, trans: TranslationBundle): string {
  const kept = trans._n('%1 checkpoint', '%1 checkpoints', row.checkpoints);
  const bytes = size(row.bytes);
  return { size: bytes, checkpoints: kept, both: `${kept}, ${bytes}` }[retention];
}

/** How long ago, in one unit: rows are narrow. */
export function ageWords(seconds: number, trans: TranslationBundle): string {
  const past = Math.max(0, seconds);
  if (past < 60) {
    return trans.__('now');
  }
  if (past < 3600) {
    return trans.__('%1 min ago', Math.floor(past / 60));
  }
  if (past < 86_400) {
    return trans.__('%1 h ago', Math.floor(past / 3600));
  }
  return trans._n('%1 day ago', '%1 days ago', Math.floor(past / 86_400));
}

/** The whole row for whoever hears it. */
export function rowLabel(
  entry: Entry,
  status: EntryStatus,
  options: { now: number; retention: Retention },
  trans: TranslationBundle
): string {
  const { row } = entry;
  const parts = [titleOf(entry), statusWord(status, trans)];
  if (row !== null && row.problem === '') {
    parts.push(
      progressWords(row, status, trans),
      row.best === null ? '' : trans.__('best %1', bestWords(row, trans)),
      keptWords(row, options.retention, trans),
      ageWords(options.now - row.updated, trans),
      row.pinned ? trans.__('pinned') : ''
    );
  } else if (row !== null) {
    parts.push(row.problem);
  }
  return parts.filter(part => part !== '').join(', ');
}
