/** What a chart says in words: the values under the pointer, and the whole for a screen reader. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { StepTable } from '../runs/columns';
import type { AxisKind } from './choices';
import { formatValue } from '../ui/numbers';
import type { LegendItem } from './legend';
import type { ChartLine, LineKey, Tracks } from './lines';
import { axisName } from './options';
import type { ChartPlan } from './plan';
import type { Colours } from '../ui/theme';
import { clock } from './ticks';

/** The lines that have points, in the order of the legend. */
export function legendOf(
  plan: ChartPlan,
  lines: readonly ChartLine[],
  colours: Colours,
  trans: TranslationBundle
): LegendItem[] {
  const { training, trainingLight, validation, rate } = colours;
  const isRate = plan.kind === 'learning-rate';
  const look: Record<LineKey, Omit<LegendItem, 'key'>> = {
    steps: { name: trans.__('step'), colour: isRate ? rate : trainingLight, light: !isRate },
    epochs: { name: trans.__('epoch'), colour: training, light: false },
    validation: { name: trans.__('validation'), colour: validation, light: false }
  };
  return withPoints(lines).map(({ track: { key } }) => ({ key, ...look[key] }));
}

/** The values of the legend's lines at `x`; null for the newest ones. */
export function valuesAt(
  lines: readonly ChartLine[],
  hidden: ReadonlySet<LineKey>,
  x: number | null
): string[] {
  return withPoints(lines).map(({ track, raw }) => {
    if (hidden.has(track.key)) {
      return '';
    }
    const row = x === null ? track.values.length - 1 : raw.rows[nearest(raw.x, x)];
    const value = row === undefined ? undefined : track.values[row];
    return value === undefined ? '' : formatValue(value);
  });
}

/** The place of `x` in the training. */
export function placeAt(
  lines: readonly ChartLine[],
  steps: StepTable,
  axis: AxisKind,
  x: number,
  trans: TranslationBundle
): string {
  const sources = lines.map(({ track, raw }) => {
    const row = raw.rows[nearest(raw.x, x)];
    return row === undefined ? -1 : track.source(row);
  });
  const [row = -1, epoch = -1] = sources;
  let place = '';
  if (row >= 0) {
    place = trans.__(
      'epoch %1, batch %2 · step %3',
      steps.epoch.values[row],
      steps.batch.values[row],
      steps.step.values[row]
    );
  } else if (epoch >= 0) {
    place = trans.__('epoch %1', epoch);
  }
  return axis === 'time' ? [place, clock(x)].filter(part => part !== '').join(' · ') : place;
}

/** The chart in a sentence. */
export function summaryOf(
  plan: ChartPlan,
  { tracks }: Tracks,
  axis: AxisKind,
  trans: TranslationBundle
): string {
  const newest = (key: LineKey): string => {
    const value = tracks.find(track => track.key === key)?.values.at(-1);
    return value === undefined ? '' : formatValue(value);
  };
  const by = axisName(axis, trans);
  if (plan.kind === 'learning-rate') {
    return trans.__('learning rate by %1; newest %2', by, newest('steps'));
  }
  const training = newest('epochs') || newest('steps');
  const validation = newest('validation');
  return validation === ''
    ? trans.__('%1 by %2; newest %3', plan.metric, by, training)
    : trans.__('%1 by %2; newest %3, validation %4', plan.metric, by, training, validation);
}

/** What a chart cannot draw; empty if it draws all. */
export function gapNote(
  { gaps, nonPositive }: Pick<Tracks, 'gaps' | 'nonPositive'>,
  trans: TranslationBundle
): string {
  const parts: string[] = [];
  if (gaps > 0) {
    parts.push(
      trans._n(
        '%1 value is NaN (✕) or infinite (▲▼)',
        '%1 values are NaN (✕) or infinite (▲▼)',
        gaps
      )
    );
  }
  if (nonPositive > 0) {
    parts.push(
      trans._n(
        '%1 value is not above zero and has no place on a log scale',
        '%1 values are not above zero and have no place on a log scale',
        nonPositive
      )
    );
  }
  return parts.join(' · ');
}

/** Index of the value closest to `x` in an ascending list. */
export function nearest(xs: readonly number[], x: number): number {
  let low = 0;
  let high = xs.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((xs[middle] ?? 0) < x) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low > 0 && x - (xs[low - 1] ?? 0) < (xs[low] ?? 0) - x ? low - 1 : low;
}

function withPoints(lines: readonly ChartLine[]): ChartLine[] {
  return lines.filter(({ track }) => track.x.length > 0);
}
