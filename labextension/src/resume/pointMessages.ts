/** What is said of checkpoints to choose among: pure sentences. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Point, Position } from '../protocol';
import type { Decoded } from '../runs/values';
import { duration, place } from '../ui/format';
import { formatValue } from '../ui/numbers';

/** Where a checkpoint stands, in a list of them. */
export function pointLabel(position: Position, trans: TranslationBundle): string {
  return position.step === 0 && position.epoch === 0
    ? trans.__('the start')
    : place(position, 0, trans);
}

/** Loss and metrics of a checkpoint, named by the column they stand in. */
export function columns(points: readonly Decoded<Point>[]): string[] {
  const names = [...new Set(points.flatMap(point => Object.keys(point.logs)))];
  const first = (name: string): number =>
    name === 'loss' ? 0 : name === 'val_loss' ? 1 : name === 'learning_rate' ? 3 : 2;
  return names.sort((a, b) => first(a) - first(b)).slice(0, 4);
}

/** A value in the list; empty where the checkpoint has none. */
export function cellValue(point: Decoded<Point>, name: string): string {
  const value = Object.hasOwn(point.logs, name) ? point.logs[name] : undefined;
  return value === undefined ? '' : formatValue(Number(value.toPrecision(4)));
}

/** How long ago a checkpoint was saved. */
export function ago(point: Decoded<Point>, now: number, trans: TranslationBundle): string {
  return point.time > 0 ? trans.__('%1 ago', duration(now - point.time, trans)) : '';
}
