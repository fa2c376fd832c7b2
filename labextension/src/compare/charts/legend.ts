/** The runs of a comparison: which line is whose, on or off, and one made to stand out. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { keepKeys } from '../../ui/keys';
import { element, setText } from '../../ui/elements';
import type { Look } from './palette';
import { drawSample, sample } from './sample';

export interface LegendRun {
  key: string;
  label: string;
  look: Look;
  hidden: boolean;
}

export interface LegendWishes {
  toggle: (key: string) => void;
  highlight: (key: string | null) => void;
  /** Only these are to be hidden. */
  hide: (keys: readonly string[]) => void;
}

/** With fewer, each is switched by itself. */
const MANY = 4;

export class RunLegend {
  readonly node = element('div', 'kr-CompareLegend');
  private readonly list = element('div', 'kr-CompareLegend-list');
  private readonly all: HTMLButtonElement;
  private readonly none: HTMLButtonElement;
  private buttons = new Map<string, HTMLButtonElement>();
  private runs: readonly LegendRun[] = [];

  constructor(
    private readonly wishes: LegendWishes,
    private readonly trans: TranslationBundle
  ) {
    this.list.setAttribute('role', 'group');
    this.list.setAttribute('aria-label', trans.__('Runs'));
    this.all = this.button(trans.__('all'), trans.__('Show all runs'), () => {
      wishes.hide([]);
    });
    this.none = this.button(trans.__('none'), trans.__('Hide all runs'), () => {
      wishes.hide(this.runs.map(({ key }) => key));
    });
    this.node.append(this.list, this.all, this.none);
  }

  update(runs: readonly LegendRun[]): void {
    this.runs = runs;
    const same =
      runs.length === this.buttons.size && runs.every(({ key }) => this.buttons.has(key));
    if (!same) {
      this.buttons = new Map(runs.map(({ key }) => [key, this.item(key)]));
      this.list.replaceChildren(...this.buttons.values());
    }
    for (const { key, label, look, hidden } of runs) {
      const button = this.buttons.get(key);
      const [swatch, name] = (button?.children ?? []) as unknown as [HTMLElement, HTMLElement];
      if (button !== undefined) {
        drawSample(swatch, look);
        setText(name, label);
        button.title = this.trans.__('%1\nClick to show or hide, double-click to show alone', key);
        button.setAttribute('aria-pressed', String(!hidden));
      }
    }
    const many = runs.length >= MANY;
    this.all.hidden = !many || runs.every(({ hidden }) => !hidden);
    this.none.hidden = !many || runs.every(({ hidden }) => hidden);
  }

  highlight(key: string | null): void {
    for (const [one, button] of this.buttons) {
      button.classList.toggle('kr-mod-meant', one === key);
    }
  }

  private item(key: string): HTMLButtonElement {
    const button = element('button', 'kr-CompareLegend-item');
    button.type = 'button';
    button.dataset.run = key;
    button.append(sample(), element('span', 'kr-CompareLegend-name'));
    button.addEventListener('click', () => {
      this.wishes.toggle(key);
    });
    button.addEventListener('dblclick', () => {
      this.wishes.hide(this.runs.map(run => run.key).filter(one => one !== key));
    });
    for (const event of ['pointerenter', 'focus']) {
      button.addEventListener(event, () => {
        this.wishes.highlight(key);
      });
    }
    for (const event of ['pointerleave', 'blur']) {
      button.addEventListener(event, () => {
        this.wishes.highlight(null);
      });
    }
    keepKeys(button);
    return button;
  }

  private button(label: string, title: string, onClick: () => void): HTMLButtonElement {
    const node = element('button', 'kr-Toolbar-button');
    node.type = 'button';
    node.textContent = label;
    node.title = title;
    node.setAttribute('aria-label', title);
    node.addEventListener('click', onClick);
    keepKeys(node);
    return node;
  }
}
