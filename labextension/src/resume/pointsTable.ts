/** Checkpoints to choose among, as a table with their losses: what the question and the banner share. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Point } from '../protocol';
import type { Decoded } from '../runs/values';
import { ago, cellValue, columns, pointLabel } from './pointMessages';

/** The table, in a box that scrolls sideways; `actions` makes the buttons of a row. */
export function pointsTable(
  points: readonly Decoded<Point>[],
  trans: TranslationBundle,
  actions: (point: Decoded<Point>, where: string) => HTMLElement[]
): HTMLElement {
  const names = columns(points);
  const table = document.createElement('table');
  table.className = 'kr-Ask-table';
  const head = table.createTHead().insertRow();
  for (const name of [trans.__('after'), ...names, trans.__('saved')]) {
    const cell = document.createElement('th');
    cell.className = 'kr-Ask-head';
    cell.scope = 'col';
    cell.textContent = name;
    cell.title = name;
    head.append(cell);
  }
  head.insertCell(); // Above the buttons, which name themselves.
  const body = table.createTBody();
  const now = Date.now() / 1000;
  for (const point of points) {
    const row = body.insertRow();
    row.dataset.checkpoint = point.checkpoint;
    const where = pointLabel(point.position, trans);
    row.insertCell().textContent = where;
    for (const name of names) {
      row.insertCell().textContent = cellValue(point, name);
    }
    row.insertCell().textContent = ago(point, now, trans);
    row.insertCell().append(...actions(point, where));
  }
  const scroll = document.createElement('div');
  scroll.className = 'kr-Ask-scroll';
  scroll.append(table);
  return scroll;
}
