/** What a chart says in words: the values under the pointer, and the whole for a screen reader. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { StepTable } from '../runs/columns';
import { formatValue } from './format';
import type { LegendItem } from './legend';
import type { ChartLines, Line } from './lines';
import type { ChartPlan } from './plan';
import type { Colours } from './theme';

/** The lines that have points, in the order of the legend. */
export function legendOf(
  plan: ChartPlan,
  lines: ChartLines,
  colours: Colours,
  trans: TranslationBundle
): LegendItem[] {
  const { training, trainingLight, validation, rate } = colours;
  const items: LegendItem[] = [];
  if (plan.kind === 'learning-rate') {
    items.push({ name: trans.__('step'), colour: rate, light: false });
  } else {
    if (lines.steps.x.length > 0) {
      items.push({ name: trans.__('step'), colour: trainingLight, light: true });
    }
    if (lines.epochs.x.length > 0) {
      items.push({ name: trans.__('epoch'), colour: training, light: false });
    }
    if (lines.validation !== null && lines.validation.x.length > 0) {
      items.push({ name: trans.__('validation'), colour: validation, light: false });
    }
  }
  return items;
}

/** The values of the legend's lines at `x`; with `Infinity` the newest ones. */
export function valuesAt(
  plan: ChartPlan,
  lines: ChartLines,
  x: number,
  trans: TranslationBundle
): string[] {
  return [lines.steps, lines.epochs, lines.validation]
    .slice(0, plan.kind === 'learning-rate' ? 1 : 3)
    .filter(line => line !== null)
    .filter(line => line.x.length > 0)
    .map(line => valueAt(line, nearest(line.x, x), trans));
}

/** The place of `x` in the training. */
export function placeAt(
  lines: ChartLines,
  steps: StepTable,
  x: number,
  trans: TranslationBundle
): string {
  const row = lines.steps.source[nearest(lines.steps.x, x)];
  if (row === undefined) {
    return trans.__('epoch %1', Math.round(x));
  }
  return trans.__(
    'epoch %1, batch %2 · step %3',
    steps.epoch.values[row],
    steps.batch.values[row],
    steps.step.values[row]
  );
}

/** The chart in a sentence. */
export function summaryOf(plan: ChartPlan, lines: ChartLines, trans: TranslationBundle): string {
  const newest = (line: Line | null): string =>
    line === null || line.y.length === 0 ? '' : valueAt(line, line.y.length - 1, trans);
  if (plan.kind === 'learning-rate') {
    return trans.__('Learning rate by epoch; newest %1', newest(lines.steps));
  }
  const training = newest(lines.epochs) || newest(lines.steps);
  return lines.validation === null
    ? trans.__('%1 by epoch; newest %2', plan.metric, training)
    : trans.__(
        '%1 by epoch; newest %2, validation %3',
        plan.metric,
        training,
        newest(lines.validation)
      );
}

/** What a chart cannot draw; empty if it draws all. */
export function gapNote(gaps: number, trans: TranslationBundle): string {
  return gaps === 0
    ? ''
    : trans._n('%1 value is NaN or infinite', '%1 values are NaN or infinite', gaps);
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

function valueAt(line: Line, index: number, trans: TranslationBundle): string {
  const value = line.y[index];
  return value === null || value === undefined ? trans.__('not finite') : formatValue(value);
}
