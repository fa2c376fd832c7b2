/** A chart's heading: its metric, and a button for each line with its value under the pointer. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { keepKeys } from '../ui/keys';
import type { LineKey } from './lines';

export interface LegendItem {
  key: LineKey;
  name: string;
  colour: string;
  light: boolean;
}

export class Legend {
  readonly node = document.createElement('div');
  private readonly title = document.createElement('span');
  private readonly list = document.createElement('span');
  private buttons = new Map<LineKey, HTMLButtonElement>();
  private values: HTMLElement[] = [];
  private drawn = '';

  /** `onToggle` is called with the line that is to be switched off or on. */
  constructor(
    private readonly metric: string,
    private readonly onToggle: (line: LineKey) => void,
    private readonly trans: TranslationBundle
  ) {
    this.node.className = 'kr-Legend';
    this.title.className = 'kr-Legend-title';
    this.title.textContent = metric;
    this.title.title = metric;
    this.list.className = 'kr-Legend-items';
    this.list.setAttribute('role', 'group');
    this.list.setAttribute('aria-label', trans.__('Lines of %1', metric));
    this.node.append(this.title, this.list);
  }

  /** Show these lines; does nothing if it shows them already. */
  setItems(items: readonly LegendItem[]): void {
    const wanted = JSON.stringify(items);
    if (wanted === this.drawn) {
      return;
    }
    this.drawn = wanted;
    this.values = [];
    this.buttons = new Map(items.map(item => [item.key, this.button(item)]));
    this.list.replaceChildren(...this.buttons.values());
  }

  /** The lines' values, in the order of the items. */
  setValues(values: readonly string[]): void {
    this.values.forEach((node, index) => {
      node.textContent = values[index] ?? '';
    });
  }

  /** Which lines are switched off. */
  setHidden(hidden: ReadonlySet<LineKey>): void {
    for (const [key, button] of this.buttons) {
      button.setAttribute('aria-pressed', String(!hidden.has(key)));
    }
  }

  private button({ key, name, colour, light }: LegendItem): HTMLButtonElement {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'kr-Legend-item';
    button.dataset.line = key;
    button.title = this.trans.__('Show or hide: %1', name);
    button.setAttribute('aria-label', `${name}, ${this.metric}`);
    button.setAttribute('aria-pressed', 'true');
    button.addEventListener('click', () => {
      this.onToggle(key);
    });
    const swatch = document.createElement('span');
    swatch.className = light ? 'kr-Legend-swatch kr-mod-light' : 'kr-Legend-swatch';
    swatch.style.background = colour;
    const label = document.createElement('span');
    label.className = 'kr-Legend-name';
    label.textContent = name;
    const value = document.createElement('span');
    value.className = 'kr-Legend-value';
    this.values.push(value);
    button.append(swatch, label, value);
    keepKeys(button);
    return button;
  }
}
