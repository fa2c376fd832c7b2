/** The head of the panel: which run it is, how it stands, how far it is. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { formatValue } from '../ui/numbers';
import type { Glyph } from '../ui/glyphs';
import { glyph } from '../ui/glyphs';
import { duration } from '../ui/format';
import type { RunState } from '../runs/fold';
import type { RunStatus } from '../runs/model';
import { element, setText } from '../ui/elements';
import { progressOf } from './progress';
import { statusLabel } from '../runs/messages';
import { standing } from './messages';

export type Shown = RunStatus | 'paused';

/** The pill's mark, so that the status is not told by colour alone. */
const MARKS: Record<Shown, Glyph> = {
  running: 'play',
  paused: 'paused',
  stopped: 'stopped',
  finished: 'finished',
  interrupted: 'stop',
  failed: 'failed',
  missing: 'missing'
};

/** With more epochs than this, the bar is not divided. */
const MOST_DIVISIONS = 60;

export class Header {
  readonly node = element('div', 'kr-Panel-header');
  /** Beside the name: what one can do. */
  readonly actions = element('div', 'kr-Panel-actions');
  private readonly pill = element('span', 'kr-Panel-status');
  private readonly mark = element('span', 'kr-Panel-mark');
  private readonly word = element('span', 'kr-Panel-word');
  private readonly standing = element('span', 'kr-Panel-standing');
  private readonly times = element('span', 'kr-Panel-times');
  private readonly second = element('div', 'kr-Panel-line');
  private readonly bar = element('div', 'kr-Panel-progress');
  private readonly fill = element('div', 'kr-Panel-progressFill');
  private drawn: Shown | null = null;

  constructor(
    name: string,
    folder: string,
    private readonly trans: TranslationBundle
  ) {
    const title = element('span', 'kr-Panel-name');
    title.textContent = name;
    title.title = folder;
    this.pill.setAttribute('role', 'status');
    this.pill.append(this.mark, this.word);
    this.bar.setAttribute('role', 'progressbar');
    this.bar.setAttribute('aria-label', trans.__('Progress of %1', name));
    this.bar.setAttribute('aria-valuemin', '0');
    this.bar.setAttribute('aria-valuemax', '100');
    this.bar.append(this.fill);
    const first = element('div', 'kr-Panel-line');
    first.append(title, this.pill, this.actions);
    this.second.append(this.standing, this.times);
    this.node.append(first, this.bar, this.second);
  }

  /** `readable`: whether the folder told anything at all. */
  update(state: RunState, status: RunStatus, readable: boolean): void {
    const { trans } = this;
    const shown = status === 'running' && state.paused ? 'paused' : status;
    if (shown !== this.drawn) {
      this.drawn = shown;
      this.mark.replaceChildren(glyph(MARKS[shown]));
      setText(this.word, statusLabel(shown, trans));
    }
    this.pill.title = state.reason;
    this.pill.hidden = !readable;
    const where = standing(state, status, trans);
    const early = status === 'finished' && state.reason !== '' && state.reason !== 'completed';
    const terminated = status === 'interrupted' && state.reason === 'terminated';
    const why = terminated ? trans.__('terminated by the system (SIGTERM)') : state.reason;
    const told = early || terminated || status === 'failed' ? [where, why] : [where];
    setText(this.standing, told.filter(part => part !== '').join(' · '));
    this.standing.title = this.standing.textContent ?? '';
    this.second.hidden = !state.started;
    this.bar.hidden = !readable || status === 'missing' || !state.started;
    const { epochs } = state;
    this.bar.style.setProperty('--kr-epochs', String(epochs));
    this.bar.dataset.divided = String(epochs > 1 && epochs <= MOST_DIVISIONS);
    this.tick(state, status, 0);
  }

  /** What changes though nothing was heard of for so many seconds. */
  tick(state: RunState, status: RunStatus, since: number): void {
    const { share, elapsed, rate, left } = progressOf(state, since);
    this.fill.style.width = `${(share * 100).toFixed(2)}%`;
    this.bar.setAttribute('aria-valuenow', String(Math.round(share * 100)));
    setText(this.times, this.timing(state, status, { elapsed, rate, left }));
  }

  private timing(
    state: RunState,
    status: RunStatus,
    { elapsed, rate, left }: { elapsed: number; rate: number | null; left: number | null }
  ): string {
    const { trans } = this;
    if (!state.started) {
      return '';
    }
    const parts = [trans.__('%1 elapsed', duration(elapsed, trans))];
    if (status === 'running') {
      if (left !== null) {
        parts.push(trans.__('%1 left', duration(left, trans)));
      }
      if (rate !== null && rate > 0) {
        const shown = rate >= 10 ? Math.round(rate) : formatValue(Number(rate.toPrecision(2)));
        parts.push(trans.__('%1 steps/s', shown));
      }
    }
    return parts.join(' · ');
  }
}
