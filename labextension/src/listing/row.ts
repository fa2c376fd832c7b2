/** One run in the list: draws its entry. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Glyph } from '../ui/glyphs';
import { glyph } from '../ui/glyphs';
import { element, setText } from '../ui/elements';
import type { Entry, EntryStatus } from './entry';
import { shareOf, titleOf } from './entry';
import { Sparkline } from './sparkline';
import type { Retention } from './messages';
import { ageWords, bestWords, keptWords, progressWords, rowLabel, statusWord } from './messages';

/** So that the status is not told by colour alone. */
const MARKS: Record<EntryStatus, Glyph> = {
  running: 'play',
  stopped: 'stopped',
  finished: 'finished',
  interrupted: 'stop',
  failed: 'failed',
  missing: 'missing',
  unread: 'wait',
  unreadable: 'missing'
};

/** What a row is drawn from besides its entry. */
export interface RowState {
  status: EntryStatus;
  selected: boolean;
  /** Whether the keyboard's focus comes to it. */
  active: boolean;
  index: number;
  total: number;
  now: number;
  retention: Retention;
}

export class RowView {
  readonly node = element('div', 'kr-Run');
  private readonly mark = element('span', 'kr-Run-mark');
  private readonly title = element('span', 'kr-Run-title');
  private readonly pin = element('span', 'kr-Run-pin');
  private readonly age = element('span', 'kr-Run-age');
  private readonly standing = element('span', 'kr-Run-standing');
  private readonly facts = element('span', 'kr-Run-facts');
  private readonly bar = element('span', 'kr-Run-bar');
  private readonly fill = element('span', 'kr-Run-fill');
  private readonly spark = new Sparkline();
  private drawn: EntryStatus | null = null;

  constructor(
    id: string,
    private readonly trans: TranslationBundle
  ) {
    this.node.id = id;
    this.node.setAttribute('role', 'option');
    this.pin.append(glyph('pin'));
    this.bar.append(this.fill);
    this.node.append(
      this.mark,
      this.title,
      this.pin,
      this.age,
      this.standing,
      this.spark.node,
      this.facts,
      this.bar
    );
  }

  update(entry: Entry, state: RowState): void {
    const { node, trans } = this;
    const { row } = entry;
    const { status, selected, active, index, total, now, retention } = state;
    Object.assign(node.dataset, { folder: entry.folder, run: entry.name, status });
    node.tabIndex = active ? 0 : -1;
    node.setAttribute('aria-selected', String(selected));
    node.setAttribute('aria-setsize', String(total));
    node.setAttribute('aria-posinset', String(index + 1));
    node.setAttribute('aria-label', rowLabel(entry, status, { now, retention }, trans));
    if (status !== this.drawn) {
      this.drawn = status;
      this.mark.replaceChildren(glyph(MARKS[status]));
    }
    setText(this.title, titleOf(entry));
    const readable = row !== null && row.problem === '';
    const reason = row?.reason === 'completed' ? '' : row?.reason;
    node.title = [entry.folder, reason, row?.problem].filter(Boolean).join('\n');
    this.pin.hidden = !(readable && row.pinned);
    setText(this.age, readable ? ageWords(now - row.updated, trans) : '');
    const word = statusWord(status, trans);
    const where = readable ? progressWords(row, status, trans) : '';
    setText(this.standing, where === '' ? word : `${word} · ${where}`);
    this.spark.update(readable ? row.trail : []);
    setText(
      this.facts,
      readable
        ? [bestWords(row, trans), keptWords(row, retention, trans)].filter(Boolean).join(' · ')
        : (row?.problem ?? '')
    );
    const share = readable ? shareOf(row) : 0;
    this.fill.style.width = `${(share * 100).toFixed(1)}%`;
    this.bar.hidden = !readable || status === 'finished';
  }
}
