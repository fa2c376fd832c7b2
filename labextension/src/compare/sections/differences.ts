/** What the runs were trained with, and in what they differ: facts, and the cells that changed. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { keepKeys } from '../../ui/keys';
import { element, setText } from '../../ui/elements';
import type { CellChange, DiffLine } from '../data/code';
import { codeChanges } from '../data/code';
import type { Fact } from '../data/facts';
import { factsOf } from '../data/facts';
import type { ComparedRun } from '../data/labels';
import type { CompareModel } from '../data/model';
import { scroller } from '../../ui/scroller';
import { Section } from '../../ui/section';
import { shortened } from '../data/shortened';

/** A digest says no more in full. */
const LONGEST = 60;

export class Differences {
  readonly section: Section;
  private readonly only = element('input', 'kr-Chooser-box');
  private readonly table = element('table', 'kr-CompareTable kr-CompareFacts');
  private readonly same = element('p', 'kr-Compare-remark');
  private readonly first = element('select', 'kr-Compare-select');
  private readonly second = element('select', 'kr-Compare-select');
  private readonly code = element('div', 'kr-CompareCode');
  private readonly cells = element('div', 'kr-CompareCode-choice');
  /** What is on the page; more epochs of a run change none of it. */
  private drawn: readonly unknown[] = [];

  constructor(
    private readonly model: CompareModel,
    private readonly trans: TranslationBundle
  ) {
    this.section = new Section('differences', trans.__('What differs'));
    this.only.type = 'checkbox';
    this.only.addEventListener('change', () => {
      model.choose({ differing: this.only.checked });
    });
    keepKeys(this.only);
    const only = element('label', 'kr-Compare-check');
    only.append(this.only, trans.__('only what differs'));
    const scroll = scroller(this.table, trans.__('Settings of the runs'));
    for (const [select, name] of [
      [this.first, trans.__('Code of')],
      [this.second, trans.__('against')]
    ] as const) {
      select.setAttribute('aria-label', name);
      select.addEventListener('change', () => {
        this.renderCode();
      });
      keepKeys(select);
      const label = element('span', 'kr-Compare-remark');
      label.textContent = name;
      this.cells.append(label, select);
    }
    this.section.body.append(only, scroll, this.same, this.cells, this.code);
  }

  update(): void {
    const { model, trans } = this;
    const runs = this.readable;
    const now = [model.view.differing, ...runs.flatMap(run => [run.header, run.title])];
    if (now.length === this.drawn.length && now.every((one, at) => one === this.drawn[at])) {
      return;
    }
    this.drawn = now;
    const all = factsOf(runs);
    const shown = model.view.differing ? all.filter(({ differs }) => differs) : all;
    this.only.checked = model.view.differing;
    const differing = all.filter(({ differs }) => differs).length;
    this.section.note = trans.__('%1 of %2 settings', differing, all.length);
    setText(
      this.same,
      shown.length > 0 ? '' : trans.__('All settings, data and versions are the same.')
    );
    this.table.hidden = shown.length === 0;
    this.table.replaceChildren(...this.rows(runs, shown));
    this.fill(runs);
    this.renderCode();
  }

  private get readable(): ComparedRun[] {
    return this.model.runs.filter(({ header }) => header !== null);
  }

  private rows(runs: readonly ComparedRun[], facts: readonly Fact[]): HTMLElement[] {
    const head = element('tr', 'kr-CompareTable-head');
    head.append(cellOf('th', this.trans.__('setting'), 'col'));
    head.append(...runs.map(({ key }) => cellOf('th', this.model.labels.get(key) ?? key, 'col')));
    const thead = document.createElement('thead');
    thead.append(head);
    const tbody = document.createElement('tbody');
    tbody.append(
      ...facts.map(({ name, values, differs }) => {
        const row = element('tr', 'kr-CompareTable-row');
        row.append(cellOf('th', name, 'row'));
        const usual = textOf(values.get(runs[0]?.key ?? ''));
        for (const { key } of runs) {
          const text = values.has(key) ? textOf(values.get(key)) : '–';
          const cell = cellOf('td', text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
          cell.title = text;
          cell.classList.toggle('kr-mod-other', differs && text !== usual);
          row.append(cell);
        }
        return row;
      })
    );
    return [thead, tbody];
  }

  private fill(runs: readonly ComparedRun[]): void {
    this.cells.hidden = runs.length < 2;
    const [one, other] = [this.first.value, this.second.value];
    const keys = runs.map(({ key }) => key);
    for (const select of [this.first, this.second]) {
      select.replaceChildren(
        ...keys.map(key => {
          const option = document.createElement('option');
          option.value = key;
          option.textContent = this.model.labels.get(key) ?? key;
          return option;
        })
      );
    }
    this.first.value = keys.includes(one) ? one : (keys[0] ?? '');
    this.second.value = keys.includes(other) ? other : this.firstChanged(runs);
  }

  /** The first run whose cells are not those of the first of all. */
  private firstChanged(runs: readonly ComparedRun[]): string {
    const [first, ...others] = runs;
    const changed = others.find(
      other => first !== undefined && codeChanges(first, other).length > 0
    );
    return changed?.key ?? others[0]?.key ?? '';
  }

  private renderCode(): void {
    const { trans } = this;
    const find = (key: string): ComparedRun | undefined =>
      this.readable.find(run => run.key === key);
    const [one, other] = [find(this.first.value), find(this.second.value)];
    if (one === undefined || other === undefined) {
      this.code.replaceChildren();
      return;
    }
    const changes = codeChanges(one, other);
    if (changes.length > 0) {
      this.code.replaceChildren(...changes.map(change => this.cell(change)));
      return;
    }
    const same = element('p', 'kr-Compare-remark');
    same.textContent =
      one === other
        ? trans.__('Choose two runs to see what changed in their cells.')
        : trans.__('The set-up cells and the training cell are the same.');
    this.code.replaceChildren(same);
  }

  private cell({ training, change, lines }: CellChange): HTMLElement {
    const { trans } = this;
    const node = element('div', 'kr-CompareCode-cell');
    const title = element('div', 'kr-CompareCode-title');
    const what = training ? trans.__('training cell') : trans.__('set-up cell');
    const how = {
      changed: trans.__('changed'),
      removed: trans.__('only in the first'),
      added: trans.__('only in the second')
    }[change];
    title.textContent = `${what} · ${how}`;
    const code = element('pre', 'kr-CompareCode-lines');
    code.tabIndex = 0;
    code.append(...shortened(lines).map(line => lineOf(line, trans)));
    node.append(title, code);
    return node;
  }
}

function lineOf(line: DiffLine | number, trans: TranslationBundle): HTMLElement {
  if (typeof line === 'number') {
    const gap = element('span', 'kr-CompareCode-gap');
    gap.textContent = trans._n('%1 line that is the same', '%1 lines that are the same', line);
    return gap;
  }
  const [op, text] = line;
  const node = element(op === ' ' ? 'span' : op === '-' ? 'del' : 'ins', 'kr-CompareCode-line');
  node.textContent = `${op} ${text}`;
  return node;
}

function cellOf(tag: 'th' | 'td', text: string, scope?: 'row' | 'col'): HTMLTableCellElement {
  const cell = element(tag, 'kr-CompareTable-cell');
  cell.textContent = text;
  if (scope !== undefined) {
    cell.scope = scope;
  }
  return cell;
}

function textOf(value: unknown): string {
  if (typeof value === 'number' && !Number.isInteger(value)) {
    return String(Number(value.toPrecision(6)));
  }
  return value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value);
}
