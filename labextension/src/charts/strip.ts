/** The strip under the first chart: its checkpoints and what happened to the run, to scale. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Range } from './axis';
import type { AxisKind } from './choices';
import type { Glyph } from '../ui/glyphs';
import { glyph } from '../ui/glyphs';
import type { Cluster, Happening } from './events';
import { clustered } from './events';
import { keepKeys } from '../ui/keys';
import { axisRoom } from './options';
import { Y_AXIS } from './scales';
import { summaryOfCheckpoints, tellCluster } from './describe';

/** From one glyph to the next, in CSS pixels. */
const ROOM = 15;

/** Of a label's letter, in CSS pixels. */
const LETTER = 6;

/** What the strip shows. */
export interface Stripe {
  happenings: readonly Happening[];
  /** How many epochs ended without a file, because the disk was slower. */
  skipped: number;
  axis: AxisKind;
  range: Range;
  /** Of the chart above, in CSS pixels. */
  width: number;
  /** Batches of an epoch, for words. */
  batches: number;
}

export class Strip {
  readonly node = document.createElement('div');
  private readonly lane = document.createElement('div');
  private readonly words = document.createElement('div');
  private drawn = '';
  private summary = '';

  constructor(private readonly trans: TranslationBundle) {
    this.node.className = 'kr-Strip';
    this.lane.className = 'kr-Strip-lane';
    this.lane.setAttribute('role', 'list');
    this.lane.setAttribute('aria-label', trans.__('Checkpoints and events'));
    this.words.className = 'kr-Strip-words';
    this.node.append(this.lane, this.words);
    this.lane.addEventListener('keydown', event => {
      this.move(event);
    });
    this.node.hidden = true;
  }

  update(stripe: Stripe): void {
    const { happenings, skipped, axis, range, width, batches } = stripe;
    const [from, to] = range;
    const room = width - Y_AXIS - axisRoom(axis);
    const slack = (to - from) * 1e-9;
    const clusters = clustered(
      happenings,
      x => (x < from - slack || x > to + slack ? null : Y_AXIS + ((x - from) / (to - from)) * room),
      ROOM
    );
    this.node.hidden = happenings.length === 0;
    this.summary = summaryOfCheckpoints(happenings, skipped, this.trans);
    const told = clusters.map(cluster => tellCluster(cluster.members, batches, this.trans));
    const key = JSON.stringify([width, clusters.map(({ at }) => Math.round(at)), told]);
    if (key !== this.drawn) {
      this.drawn = key;
      const focused = [...this.lane.children].indexOf(document.activeElement ?? this.lane);
      this.lane.replaceChildren(
        ...clusters.map((cluster, index) =>
          this.item(cluster, told[index] ?? '', {
            before: cluster.at - (clusters[index - 1]?.at ?? 0),
            after: (clusters[index + 1]?.at ?? width) - cluster.at
          })
        )
      );
      this.tabStop(focused >= 0 ? focused : this.lane.children.length - 1);
      if (focused >= 0) {
        (this.lane.children[focused] as HTMLElement | undefined)?.focus();
      }
    }
    if (this.lane.querySelector(':hover, :focus-visible') === null) {
      this.say('');
    }
  }

  private item(
    cluster: Cluster,
    told: string,
    { before, after }: { before: number; after: number }
  ): HTMLElement {
    const { at, members } = cluster;
    const node = document.createElement('div');
    node.className = 'kr-Strip-item';
    node.setAttribute('role', 'listitem');
    node.setAttribute('aria-label', told);
    node.tabIndex = -1;
    node.style.left = `${Math.round(at * 10) / 10}px`;
    const { shape, label } = lookOf(members, this.trans);
    node.dataset.shape = shape;
    node.append(glyph(shape));
    const fit = fitting(label, members.length, { before, after });
    if (fit !== null) {
      const word = document.createElement('span');
      word.className = 'kr-Strip-label';
      word.textContent = fit.text;
      word.setAttribute('aria-hidden', 'true');
      node.append(word);
      node.dataset.side = fit.side;
    }
    for (const type of ['mouseenter', 'focus']) {
      node.addEventListener(type, () => {
        this.say(told);
      });
    }
    for (const type of ['mouseleave', 'blur']) {
      node.addEventListener(type, () => {
        this.say('');
      });
    }
    keepKeys(node);
    return node;
  }

  /** About the one under the pointer or with the focus; about all of them if it is empty. */
  private say(told: string): void {
    const text = told === '' ? this.summary : told;
    if (this.words.textContent !== text) {
      this.words.textContent = text;
    }
    this.words.dataset.about = told === '' ? 'all' : 'one';
  }

  /** Of many items, Tab stops at one; the arrows go on from there. */
  private tabStop(index: number): void {
    [...this.lane.children].forEach((child, at) => {
      (child as HTMLElement).tabIndex = at === index ? 0 : -1;
    });
  }

  private move(event: KeyboardEvent): void {
    const items = [...this.lane.children] as HTMLElement[];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const to = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      Home: 0,
      End: items.length - 1
    }[event.key];
    const item = to === undefined ? undefined : items[to];
    if (at >= 0 && item !== undefined && to !== undefined) {
      event.preventDefault();
      this.tabStop(to);
      item.focus();
    }
  }
}

/** As much of a label as there is room for, and on which side; null for none. */
function fitting(
  label: string,
  members: number,
  { before, after }: { before: number; after: number }
): { text: string; side: 'left' | 'right' } | null {
  const count = members > 1 ? `×${members}` : '';
  for (const parts of [[label, count], [label], [label.split(',')[0] ?? '']]) {
    const text = parts.filter(part => part !== '').join(' ');
    const needed = text.length * LETTER + ROOM;
    if (text !== '' && after >= needed) {
      return { text, side: 'right' };
    }
    // A mere number on the left would be taken for one of the axis.
    if (label !== '' && before >= needed) {
      return { text, side: 'left' };
    }
  }
  return null;
}

/** What stands for several: the one that matters most. */
function lookOf(
  members: readonly Happening[],
  trans: TranslationBundle
): { shape: Glyph; label: string } {
  const event = members.find(({ kind }) => kind !== 'checkpoint');
  const kept = members.flatMap(one => (one.kind === 'checkpoint' ? [one] : []));
  const best = kept.some(one => one.best);
  const last = kept.some(one => one.last);
  const label = [best ? trans.__('best') : '', last ? trans.__('last') : '']
    .filter(part => part !== '')
    .join(', ');
  if (event !== undefined && event.kind !== 'checkpoint' && (!best || event.kind === 'stopped')) {
    return { shape: event.kind, label };
  }
  if (best) {
    return { shape: 'best', label };
  }
  const within = kept.every(({ checkpoint }) => checkpoint.position.batch > 0);
  return { shape: within ? 'within' : 'epoch', label };
}
