/** Beside the pointer: the values of the runs there. */
import { formatValue } from '../../ui/numbers';
import { element, setText } from '../../ui/elements';
import type { Look } from './palette';
import { drawSample, sample } from './sample';

export interface TipLine {
  key: string;
  label: string;
  look: Look;
  value: number;
  epoch: number;
}

/** With more it would cover the chart; those closest to the one that is meant are shown. */
const MOST = 8;

export class Tip {
  readonly node = element('div', 'kr-CompareTip');
  private readonly title = element('div', 'kr-CompareTip-title');
  private readonly rows: HTMLElement[] = [];

  constructor() {
    this.node.hidden = true;
    this.node.setAttribute('aria-hidden', 'true');
    this.node.append(this.title);
  }

  show(
    lines: readonly TipLine[],
    key: string | null,
    { left, width, title }: { left: number; width: number; title: string }
  ): void {
    const sorted = [...lines].sort((a, b) => b.value - a.value);
    const middle = sorted.findIndex(line => line.key === key);
    const first = Math.max(0, Math.min(middle - MOST / 2, sorted.length - MOST));
    const some = sorted.slice(first, first + MOST);
    this.node.hidden = some.length === 0;
    setText(this.title, title);
    while (this.rows.length < some.length) {
      const row = element('div', 'kr-CompareTip-row');
      row.append(
        sample(),
        element('span', 'kr-CompareTip-label'),
        element('span', 'kr-CompareTip-value')
      );
      this.rows.push(row);
      this.node.append(row);
    }
    this.rows.forEach((row, index) => {
      const line = some[index];
      row.hidden = line === undefined;
      if (line !== undefined) {
        const [swatch, label, value] = row.children as unknown as [
          HTMLElement,
          HTMLElement,
          HTMLElement
        ];
        drawSample(swatch, line.look);
        setText(label, line.label);
        setText(value, formatValue(line.value));
        row.classList.toggle('kr-mod-meant', line.key === key);
      }
    });
    const right = left > width / 2;
    const at = right ? `calc(${left - 14}px - 100%)` : `${left + 14}px`;
    this.node.style.transform = `translateX(${at})`;
  }

  hide(): void {
    this.node.hidden = true;
  }
}
