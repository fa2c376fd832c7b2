/** Forks as a tree in time: a bar for each run, from when it began to when it was last heard of. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';

import { pageIsDark } from '../../ui/theme';
import { duration } from '../../ui/format';
import { element } from '../../ui/elements';
import type { Node } from '../data/lineage';
import type { CompareModel } from '../data/model';
import { lookOf } from '../charts/palette';
import { Section } from '../../ui/section';

const SVG = 'http://www.w3.org/2000/svg';
const ROW = 26;
const BAR = 8;
/** A bar is never shorter: a fork's mark on it must leave something to see. */
const SHORTEST = 14;
const LEFT = 8;
/** Room for the names, on the right of the bars. */
const NAMES = 200;
const TOP = 4;
const AXIS = 22;
/** With less room for the axis its end is told a line below its beginning. */
const ROOMY = 260;
const LINE = 13;

export class LineageTree implements IDisposable {
  readonly section: Section;
  private readonly place = element('div', 'kr-CompareTree');
  private readonly observer: ResizeObserver;
  private disposed = false;

  constructor(
    private readonly model: CompareModel,
    private readonly trans: TranslationBundle
  ) {
    this.section = new Section('lineage', trans.__('Lineage'));
    this.section.body.append(this.place);
    this.observer = new ResizeObserver(() => {
      this.update();
    });
    this.observer.observe(this.place);
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    this.disposed = true;
    this.observer.disconnect();
  }

  /** Runs that have nothing to do with one another have no tree. */
  update(): void {
    const { model, trans } = this;
    const nodes = model.tree;
    const forks = nodes.filter(({ parent, missing }) => parent !== null || missing !== null);
    this.section.node.hidden = forks.length === 0;
    this.section.note = trans._n('%1 fork', '%1 forks', forks.length);
    const width = this.place.clientWidth;
    if (forks.length === 0 || width < 80) {
      return;
    }
    this.place.replaceChildren(this.picture(nodes, width));
  }

  private picture(nodes: readonly Node[], width: number): SVGSVGElement {
    const { model, trans } = this;
    const dark = pageIsDark();
    const from = Math.min(...nodes.map(({ started }) => started));
    const to = Math.max(...nodes.map(({ ended }) => ended), from + 1);
    const room = Math.max(40, width - LEFT - Math.min(NAMES, width / 2));
    const x = (time: number): number => LEFT + (room * (time - from)) / (to - from);
    const y = (index: number): number => TOP + index * ROW + ROW / 2;
    const place = new Map(nodes.map(({ key }, index) => [key, index]));
    const node = shape('svg', {
      width: String(width),
      height: String(TOP + nodes.length * ROW + AXIS + (room < ROOMY ? LINE : 0)),
      role: 'img',
      'aria-label': nodes.map(one => this.sentence(one)).join('. ')
    });
    nodes.forEach((one, index) => {
      const { colour } = lookOf(model.indexOf(one.key), dark);
      const start = x(one.started);
      const above = one.parent === null ? undefined : place.get(one.parent);
      if (above !== undefined) {
        const branch = x(this.forkTime(one));
        node.append(
          shape('path', {
            class: 'kr-CompareTree-branch',
            d: `M${branch} ${y(above)}V${y(index) - 6}Q${branch} ${y(index)} ${branch + Math.min(6, Math.max(0, start - branch))} ${y(index)}H${start}`
          }),
          shape('circle', { cx: String(branch), cy: String(y(above)), r: '3.5', fill: colour })
        );
      }
      const bar = shape('rect', {
        x: String(start),
        y: String(y(index) - BAR / 2),
        width: String(Math.max(SHORTEST, x(one.ended) - start)),
        height: String(BAR),
        rx: '2',
        fill: colour
      });
      const words = shape('text', {
        class: 'kr-CompareTree-name',
        x: String(Math.max(start + SHORTEST, x(one.ended)) + 8),
        y: String(y(index) + 4)
      });
      const missing =
        one.missing === null ? '' : trans.__(' (from %1, not among these)', one.missing);
      words.textContent = `${model.labels.get(one.key) ?? one.key}${missing}`;
      const title = shape('title', {});
      title.textContent = this.sentence(one);
      const group = shape('g', { class: 'kr-CompareTree-run', 'data-run': one.key });
      group.append(title, bar, words);
      group.addEventListener('pointerenter', () => {
        model.highlight = one.key;
      });
      group.addEventListener('pointerleave', () => {
        model.highlight = null;
      });
      node.append(group);
    });
    const base = TOP + nodes.length * ROW + 2;
    node.append(
      shape('path', { class: 'kr-CompareTree-axis', d: `M${LEFT} ${base}H${LEFT + room}` })
    );
    const end = trans.__('%1 later', duration(to - from, trans));
    for (const [words, at, anchor, below] of [
      [new Date(from * 1000).toLocaleString(), LEFT, 'start', 0],
      [end, LEFT + room, 'end', room < ROOMY ? LINE : 0]
    ] as const) {
      const text = shape('text', {
        class: 'kr-CompareTree-time',
        x: String(at),
        y: String(base + 14 + below),
        'text-anchor': anchor
      });
      text.textContent = words;
      node.append(text);
    }
    return node;
  }

  /** When the parent had done what the fork goes on from. */
  private forkTime({ parent, epoch, started }: Node): number {
    const summary = this.model.runs.find(({ key }) => key === parent)?.summary ?? null;
    const row = summary?.epoch.indexOf(epoch) ?? -1;
    return Math.min(started, summary?.time[row] ?? started);
  }

  private sentence({ key, parent, missing, epoch }: Node): string {
    const { labels } = this.model;
    const name = labels.get(key) ?? key;
    const from = parent === null ? missing : (labels.get(parent) ?? parent);
    return from === null
      ? name
      : this.trans.__('%1: forked from %2 after epoch %3', name, from, epoch);
  }
}

function shape<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, string>
): SVGElementTagNameMap[Tag] {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    node.setAttribute(name, value);
  }
  return node;
}
