/** The table of the runs: how each stands, its best and final value, what it was trained with. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { formatValue } from '../../ui/numbers';
import { keepKeys } from '../../ui/keys';
import { pageIsDark } from '../../ui/theme';
import { duration } from '../../ui/format';
import { element } from '../../ui/elements';
import { statusLabel } from '../../runs/messages';
import type { CompareModel } from '../data/model';
import { lookOf } from '../charts/palette';
import { drawSample, sample } from '../charts/sample';
import { scroller } from '../../ui/scroller';
import { Section } from '../../ui/section';
import type { Column } from '../data/sorting';
import { columnsOf, sorted, valueOf, versionsOf } from '../data/sorting';
import type { Row } from '../data/table';
import { tableOf } from '../data/table';

/** Sorted the other way round at first: the most comes first. */
const NUMBERS: readonly Column[] = [
  'best',
  'best_epoch',
  'final',
  'epochs',
  'steps',
  'seconds',
  'parameters',
  'learning_rate',
  'batch_size',
  'seed'
];

/** Characters that fit a cell in any case. */
const SHORT = 24;

export class RunTable {
  readonly section: Section;
  private readonly table = element('table', 'kr-CompareTable');
  private readonly titles: Record<Column, string>;

  constructor(
    private readonly model: CompareModel,
    private readonly trans: TranslationBundle
  ) {
    this.section = new Section('runs', trans.__('Runs'));
    this.section.body.append(scroller(this.table, trans.__('Table of runs')));
    this.titles = {
      label: trans.__('run'),
      status: trans.__('status'),
      best: trans.__('best'),
      best_epoch: trans.__('at epoch'),
      final: trans.__('final'),
      epochs: trans.__('epochs'),
      steps: trans.__('steps'),
      seconds: trans.__('time'),
      parameters: trans.__('parameters'),
      optimizer: trans.__('optimizer'),
      learning_rate: trans.__('learning rate'),
      batch_size: trans.__('batch'),
      seed: trans.__('seed'),
      versions: trans.__('versions'),
      device: trans.__('device'),
      parent: trans.__('forked from')
    };
  }

  update(): void {
    const { model, trans } = this;
    const metric = model.judged;
    const rows = tableOf(model.runs, metric);
    const columns = columnsOf(rows);
    const { sort, descending } = model.view;
    const focused = this.table.ownerDocument.activeElement;
    const kept =
      focused instanceof HTMLElement && this.table.contains(focused)
        ? focused.dataset.column
        : undefined;
    const head = element('tr', 'kr-CompareTable-head');
    head.append(...columns.map(column => this.heading(column, metric)));
    const thead = document.createElement('thead');
    thead.append(head);
    const tbody = document.createElement('tbody');
    const greater = model.metrics.find(({ name }) => name === metric)?.mode === 'max';
    const [best] = sorted(rows, 'best', greater);
    tbody.append(
      ...sorted(rows, sort, descending).map(row => {
        const node = this.row(row, columns);
        node.classList.toggle('kr-mod-best', row === best && row.best !== null && rows.length > 1);
        return node;
      })
    );
    this.table.replaceChildren(thead, tbody);
    if (kept !== undefined) {
      this.table.querySelector<HTMLElement>(`button[data-column="${kept}"]`)?.focus();
    }
    this.section.note = metric === '' ? '' : trans.__('best and final %1', metric);
  }

  private heading(column: Column, metric: string): HTMLElement {
    const { model, titles, trans } = this;
    const { sort, descending } = model.view;
    const cell = element('th', 'kr-CompareTable-cell');
    cell.scope = 'col';
    const button = element('button', 'kr-CompareTable-sort');
    button.type = 'button';
    button.dataset.column = column;
    const by = sort === column;
    cell.setAttribute('aria-sort', !by ? 'none' : descending ? 'descending' : 'ascending');
    button.textContent = titles[column];
    const about = column === 'best' || column === 'final' ? `${titles[column]} ${metric}` : '';
    button.title = trans.__('Sort by %1', about || titles[column]);
    const numeric = NUMBERS.includes(column);
    cell.classList.toggle('kr-mod-number', numeric);
    button.addEventListener('click', () => {
      // Up, down, and back to the order that was asked for.
      model.choose(
        !by
          ? { sort: column, descending: false }
          : descending
            ? { sort: '', descending: false }
            : { descending: true }
      );
    });
    keepKeys(button);
    cell.append(button);
    return cell;
  }

  private row(row: Row, columns: readonly Column[]): HTMLElement {
    const { model } = this;
    const node = element('tr', 'kr-CompareTable-row');
    node.dataset.run = row.key;
    for (const column of columns) {
      const cell = element(column === 'label' ? 'th' : 'td', 'kr-CompareTable-cell');
      cell.classList.toggle('kr-mod-number', NUMBERS.includes(column));
      const text = this.text(row, column);
      cell.classList.toggle('kr-mod-short', text.length <= SHORT);
      cell.textContent = text;
      if (column === 'label') {
        cell.scope = 'row';
        cell.textContent = '';
        const name = element('span', 'kr-CompareTable-name');
        name.textContent = row.label;
        cell.title = row.key;
        if (row.status !== 'unreadable') {
          const swatch = sample();
          drawSample(swatch, lookOf(model.indexOf(row.key), pageIsDark()));
          cell.append(swatch);
        }
        cell.append(name);
      } else if (column === 'versions') {
        cell.title = Object.entries(row.versions)
          .map(pair => pair.join(' '))
          .join('\n');
      } else if (column === 'status') {
        cell.title = row.problem;
      }
      node.append(cell);
    }
    for (const [event, key] of [
      ['pointerenter', row.key],
      ['pointerleave', null]
    ] as const) {
      node.addEventListener(event, () => {
        model.highlight = key;
      });
    }
    return node;
  }

  private text(row: Row, column: Column): string {
    const { model, trans } = this;
    const value = valueOf(row, column);
    if (column === 'status') {
      return row.status === 'unreadable'
        ? trans.__('Unreadable')
        : statusLabel(model.isLost(row.key) ? 'stopped' : row.status, trans);
    }
    if (value === null) {
      return '–';
    }
    switch (column) {
      case 'best':
      case 'final':
      case 'learning_rate':
        return typeof value === 'number' ? formatValue(value) : value;
      case 'epochs':
        return row.asked !== null && row.asked !== row.epochs
          ? trans.__('%1 of %2', row.epochs, row.asked)
          : String(value);
      case 'seconds':
        return duration(Number(value), trans);
      case 'steps':
      case 'parameters':
        return Number(value).toLocaleString('en').replace(/,/g, '\u202f');
      case 'versions':
        return versionsOf(row);
      default:
        return String(value);
    }
  }
}
