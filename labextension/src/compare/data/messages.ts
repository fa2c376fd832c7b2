/** What the comparison says: pure sentences. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { formatValue } from '../../ui/numbers';
import { clock } from '../../charts/ticks';
import type { CompareAxis } from '../../protocol';
import type { Drawn } from './geometry';
import { nameOf } from './labels';
import type { CompareModel } from './model';
import { MOST_RUNS } from './choices';

/** What the x axis counts. */
export function axisName(axis: CompareAxis, trans: TranslationBundle): string {
  switch (axis) {
    case 'epoch':
      return trans.__('epoch');
    case 'step':
      return trans.__('step');
    case 'examples':
      return trans.__('examples seen');
    case 'time':
      return trans.__('training time');
    case 'elapsed':
      return trans.__('wall time, pauses and dead time included');
  }
}

/** A place on the x axis. */
export function valueLine(axis: CompareAxis, x: number, trans: TranslationBundle): string {
  const name = axis === 'elapsed' ? trans.__('wall time') : axisName(axis, trans);
  const timed = axis === 'time' || axis === 'elapsed';
  return `${name} ${timed ? clock(x) : formatValue(Math.max(0, Math.round(x)))}`;
}

/** A point of a curve: which run, its value, its epoch. */
export function pointWords(
  { curve, y, faint }: Drawn,
  row: number,
  label: string,
  trans: TranslationBundle
): string {
  const drawn = formatValue(y[row] ?? NaN);
  const value =
    faint === null ? drawn : trans.__('%1 (value %2)', drawn, formatValue(faint[row] ?? NaN));
  return trans.__('%1 %2 · epoch %3', label, value, curve.epoch[row] ?? '');
}

/** What a chart cannot draw; empty if it draws all. */
export function undrawnNote(
  { gaps, low }: { gaps: number; low: number },
  log: boolean,
  trans: TranslationBundle
): string {
  const parts: string[] = [];
  if (gaps > 0) {
    parts.push(
      trans._n(
        '%1 value is NaN or infinite: the line is broken there',
        '%1 values are NaN or infinite: lines are broken there',
        gaps
      )
    );
  }
  if (log && low > 0) {
    parts.push(
      trans._n(
        '%1 value is not above zero and has no place on a log scale',
        '%1 values are not above zero and have no place on a log scale',
        low
      )
    );
  }
  return parts.join(' · ');
}

/** Which runs are left out, and why; a line each. */
export function leftOut(
  { runs, beyond, thinned }: Pick<CompareModel, 'runs' | 'beyond' | 'thinned'>,
  trans: TranslationBundle
): string[] {
  const lines = runs
    .filter(({ problem }) => problem !== '')
    .map(({ key, problem }) => trans.__('Left out: %1 – %2', nameOf({ key }), problem));
  if (thinned) {
    lines.push(
      trans.__('Long curves are drawn through their least and greatest values; zoom in to see all')
    );
  }
  if (beyond > 0) {
    lines.push(
      trans._n(
        'Left out: %1 more run than the %2 that can be told apart',
        'Left out: %1 more runs than the %2 that can be told apart',
        beyond,
        MOST_RUNS
      )
    );
  }
  return lines;
}

/** Why there is nothing to draw, or that runs have nothing in common; empty otherwise. */
export function emptyNote(
  { runs, metrics, complete, keys }: Pick<CompareModel, 'runs' | 'metrics' | 'complete' | 'keys'>,
  trans: TranslationBundle
): string {
  if (!complete && runs.length === 0) {
    return trans._n('Reading %1 run …', 'Reading %1 runs …', keys.length);
  }
  if (metrics.length === 0) {
    return trans.__('None of these runs has completed an epoch yet, so there is nothing to draw.');
  }
  const begun = runs.filter(({ summary }) => (summary?.epoch.length ?? 0) > 0);
  return begun.length > 1 && !metrics.some(({ common }) => common)
    ? trans.__('These runs have no metric in common: each chart shows those that have its metric.')
    : '';
}
