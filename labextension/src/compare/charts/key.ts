/** What the marks on curves mean. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { element } from '../../ui/elements';
import type { Mark } from '../data/marks';

const SVG = 'http://www.w3.org/2000/svg';

/** On a field of 12 by 12, as the charts draw them. */
const SHAPES: Record<Mark['kind'], { d: string; filled: boolean }> = {
  best: { d: 'M6 1.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9z', filled: false },
  resumed: { d: 'M6 1.5L10.5 10H1.5z', filled: false },
  forked: { d: 'M6 0.8L11.2 6L6 11.2L0.8 6z', filled: true }
};

export class MarkKey {
  readonly node = element('div', 'kr-CompareKey');
  private readonly items: Record<Mark['kind'], HTMLElement>;

  constructor(trans: TranslationBundle) {
    this.items = {
      best: item('best', trans.__('best value')),
      resumed: item('resumed', trans.__('resumed after an interruption')),
      forked: item('forked', trans.__('forked: before it, the parent’s curve'))
    };
    this.node.append(...Object.values(this.items));
    this.update(new Set());
  }

  update(kinds: ReadonlySet<Mark['kind']>): void {
    for (const kind of ['best', 'resumed', 'forked'] as const) {
      this.items[kind].hidden = !kinds.has(kind);
    }
  }
}

function item(kind: Mark['kind'], words: string): HTMLElement {
  const node = element('span', 'kr-CompareKey-item');
  const picture = document.createElementNS(SVG, 'svg');
  picture.setAttribute('viewBox', '0 0 12 12');
  picture.setAttribute('class', 'kr-Glyph');
  picture.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', SHAPES[kind].d);
  path.setAttribute('stroke', 'currentColor');
  path.setAttribute('fill', SHAPES[kind].filled ? 'currentColor' : 'none');
  picture.append(path);
  node.append(picture, words);
  return node;
}
