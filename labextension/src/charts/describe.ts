/** What the strip says of a run's checkpoints and of what happened to it: pure sentences. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { formatValue } from '../ui/numbers';
import type { Happening, Kept } from './events';
import { duration, place, size } from '../ui/format';

/** Of more than these only the number is told. */
const MOST_TOLD = 3;

/** What lies at one place of the strip. */
export function tellCluster(
  members: readonly Happening[],
  batches: number,
  trans: TranslationBundle
): string {
  const told = members.slice(-MOST_TOLD).map(one => tell(one, batches, trans));
  const left = members.length - told.length;
  if (left > 0) {
    told.unshift(trans._n('%1 earlier', '%1 earlier', left));
  }
  return told.join(' · ');
}

function tell(one: Happening, batches: number, trans: TranslationBundle): string {
  switch (one.kind) {
    case 'checkpoint':
      return tellCheckpoint(one, batches, trans);
    case 'resumed': {
      const from = place(one.from, batches, trans);
      if (one.before === null) {
        return trans.__('resumed from %1', from);
      }
      const { reached, how, seconds } = one.before;
      const end =
        how === 'running'
          ? trans.__('killed after %1', place(reached, batches, trans))
          : trans.__('ended after %1', place(reached, batches, trans));
      return trans.__('%1, resumed %2 later from %3', end, duration(seconds, trans), from);
    }
    case 'paused':
      return one.seconds === null
        ? trans.__('paused after %1', place(one.at, batches, trans))
        : trans.__(
            'paused for %1 after %2',
            duration(one.seconds, trans),
            place(one.at, batches, trans)
          );
    case 'rate':
      return trans.__(
        'learning rate set to %1 after %2',
        formatValue(one.value),
        place(one.at, batches, trans)
      );
    case 'stopped':
      return trans.__('the process that trained is gone since %1', place(one.at, batches, trans));
  }
}

function tellCheckpoint(
  { checkpoint, best, last }: { checkpoint: Kept; best: boolean; last: boolean },
  batches: number,
  trans: TranslationBundle
): string {
  const { file, position, bytes, monitor, value, skipped_within } = checkpoint;
  const parts = [file, place(position, batches, trans), size(bytes)];
  if (monitor !== null && value !== null) {
    parts.push(`${monitor} ${formatValue(value)}`);
  }
  if (skipped_within > 0) {
    parts.push(trans._n('%1 before it not written', '%1 before it not written', skipped_within));
  }
  const marks = [best ? trans.__('best') : '', last ? trans.__('last') : ''].filter(
    mark => mark !== ''
  );
  return `${parts.join(', ')}${marks.length > 0 ? ` (${marks.join(', ')})` : ''}`;
}

/** All checkpoints in a line; empty if there are none. `skipped`: epochs whose snapshot was not written. */
export function summaryOfCheckpoints(
  happenings: readonly Happening[],
  skipped: number,
  trans: TranslationBundle
): string {
  const kept = happenings.flatMap(one => (one.kind === 'checkpoint' ? [one] : []));
  const bytes = kept.reduce((sum, { checkpoint }) => sum + checkpoint.bytes, 0);
  const newest = kept.find(one => one.last);
  if (newest === undefined) {
    return '';
  }
  const parts = [
    trans._n('%1 checkpoint, %2', '%1 checkpoints, %2', kept.length, size(bytes)),
    trans.__('last %1', newest.checkpoint.file)
  ];
  const best = kept.find(one => one.best)?.checkpoint;
  if (best?.monitor !== undefined && best.monitor !== null && best.value !== null) {
    parts.push(trans.__('best %1, %2 %3', best.file, best.monitor, formatValue(best.value)));
  }
  if (skipped > 0) {
    parts.push(
      trans._n(
        '%1 epoch without a file: the disk was slower than training',
        '%1 epochs without a file: the disk was slower than training',
        skipped
      )
    );
  }
  return parts.join(' · ');
}
