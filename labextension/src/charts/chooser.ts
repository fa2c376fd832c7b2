/** Which metrics have a chart: a list to tick, and to search where there are hundreds. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { keepKeys } from '../ui/keys';
import { MOST_CHARTS } from './plan';
import { element, setText } from '../ui/elements';

/** With fewer a search would find nothing that is not in sight. */
const SEARCHED = 12;

export class Chooser {
  readonly node = element('div', 'kr-Chooser');
  /** Opens it; stands in the toolbar. */
  readonly button = element('button', 'kr-Toolbar-button kr-Chooser-button');
  private readonly search = element('input', 'kr-Field kr-Chooser-search');
  private readonly list = element('div', 'kr-Chooser-list');
  private readonly note = element('span', 'kr-Chooser-note');
  private boxes = new Map<string, HTMLInputElement>();
  private metrics: readonly string[] = [];
  private chosen: readonly string[] = [];

  /** `onChoose` is called with the metrics that are to have a chart; null for those at first. */
  constructor(
    private readonly onChoose: (metrics: readonly string[] | null) => void,
    private readonly trans: TranslationBundle
  ) {
    this.node.hidden = true;
    this.node.setAttribute('role', 'group');
    this.node.setAttribute('aria-label', trans.__('Metrics with a chart'));
    this.button.type = 'button';
    this.button.setAttribute('aria-expanded', 'false');
    this.button.addEventListener('click', () => {
      this.toggle();
    });
    this.search.type = 'search';
    this.search.placeholder = trans.__('Search metrics');
    this.search.setAttribute('aria-label', trans.__('Search metrics'));
    this.search.addEventListener('input', () => {
      this.filter();
    });
    const reset = element('button', 'kr-Toolbar-button');
    reset.type = 'button';
    reset.textContent = trans.__('reset');
    reset.title = trans.__('The charts that this run shows at first');
    reset.addEventListener('click', () => {
      this.onChoose(null);
    });
    for (const control of [this.button, this.search, reset]) {
      keepKeys(control);
    }
    const head = element('div', 'kr-Chooser-head');
    head.append(this.search, this.note, reset);
    this.node.append(head, this.list);
    this.node.addEventListener('keydown', event => {
      if (event.key === 'Escape') {
        event.stopPropagation();
        this.toggle();
        this.button.focus();
      }
    });
  }

  update(metrics: readonly string[], chosen: readonly string[]): void {
    const { trans } = this;
    this.button.hidden = metrics.length < 2;
    setText(this.button, trans.__('metrics: %1 of %2', chosen.length, metrics.length));
    this.chosen = chosen;
    if (!same(metrics, this.metrics)) {
      this.metrics = [...metrics];
      this.fillList();
    }
    const full = chosen.length >= MOST_CHARTS;
    for (const [metric, box] of this.boxes) {
      box.checked = chosen.includes(metric);
      // The last one stays: a panel without charts would show nothing.
      box.disabled = box.checked ? chosen.length === 1 : full;
    }
    setText(this.note, full ? trans.__('%1 charts at most', MOST_CHARTS) : '');
    this.search.hidden = metrics.length < SEARCHED;
  }

  private toggle(): void {
    this.node.hidden = !this.node.hidden;
    this.button.setAttribute('aria-expanded', String(!this.node.hidden));
    if (!this.node.hidden && !this.search.hidden) {
      this.search.focus();
    }
  }

  private fillList(): void {
    this.boxes = new Map();
    this.list.replaceChildren(...this.metrics.map(metric => this.item(metric)));
    this.filter();
  }

  private item(metric: string): HTMLElement {
    const item = element('label', 'kr-Chooser-item');
    item.title = metric;
    const box = element('input', 'kr-Chooser-box');
    box.type = 'checkbox';
    box.addEventListener('change', () => {
      const others = this.chosen.filter(one => one !== metric);
      this.onChoose(box.checked ? [...others, metric] : others);
    });
    keepKeys(box);
    const word = element('span', 'kr-Chooser-word');
    word.textContent = metric;
    item.append(box, word);
    this.boxes.set(metric, box);
    return item;
  }

  private filter(): void {
    const wanted = this.search.value.trim().toLowerCase();
    for (const [metric, box] of this.boxes) {
      const item = box.closest('label');
      if (item !== null) {
        item.hidden = !metric.toLowerCase().includes(wanted);
      }
    }
  }
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, index) => name === other[index]);
}
