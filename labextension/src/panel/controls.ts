/** What one can ask of a training that runs: shows what was asked, and what the journal answered. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Glyph } from '../ui/glyphs';
import { glyph } from '../ui/glyphs';
import { keepKeys } from '../ui/keys';
import type { RunModel } from '../runs/model';
import type { Action } from '../runs/requests';
import { RequestError } from '../runs/requests';
import { element, setText } from '../ui/elements';
import { RateForm } from './rate';
import { answerNote, askedNote, idleReason, unsentNote } from './requests';

export type Controlled = Pick<RunModel, 'state' | 'status' | 'header' | 'asked' | 'late' | 'send'>;

export class Controls {
  /** The buttons. */
  readonly node = element('div', 'kr-Controls');
  /** Below them: the form for a learning rate, and what was asked and answered. */
  readonly below = element('div', 'kr-Controls-below');
  private readonly reason = element('span', 'kr-Controls-reason');
  private readonly pause: HTMLButtonElement;
  private readonly save: HTMLButtonElement;
  private readonly rate: HTMLButtonElement;
  private readonly stop: HTMLButtonElement;
  private readonly form: RateForm;
  private readonly said = element('div', 'kr-Controls-said');
  /** What became of the last request from here. */
  private outcome = '';
  private pausing: 'pause' | 'continue' = 'pause';

  constructor(
    private readonly model: Controlled,
    private readonly trans: TranslationBundle
  ) {
    this.node.setAttribute('role', 'group');
    this.node.setAttribute('aria-label', trans.__('Training'));
    this.said.setAttribute('role', 'status');
    this.pause = this.button('', () => {
      this.ask(this.pausing);
    });
    this.save = this.button(trans.__('Checkpoint'), () => {
      this.ask('checkpoint');
    });
    this.rate = this.button(trans.__('Learning rate'), () => {
      this.form.toggle();
    });
    this.rate.setAttribute('aria-expanded', 'false');
    this.stop = this.button(trans.__('Stop'), () => {
      this.ask('stop');
    });
    this.form = new RateForm(
      value => {
        this.ask('learning_rate', value);
      },
      open => {
        this.rate.setAttribute('aria-expanded', String(open));
        if (!open) {
          this.rate.focus();
        }
      },
      trans
    );
    this.node.append(this.reason, this.pause, this.save, this.rate, this.stop);
    this.below.append(this.form.node, this.said);
  }

  update(): void {
    const { model, trans } = this;
    const { state, status, asked } = model;
    const idle = idleReason(status, model.late, trans);
    const waits = (...actions: Action[]): boolean =>
      asked.some(({ action }) => actions.includes(action));
    this.pausing = state.paused ? 'continue' : 'pause';
    this.label(this.pause, state.paused ? 'play' : 'paused', {
      text: state.paused ? trans.__('Continue') : trans.__('Pause'),
      title: state.paused
        ? trans.__('Go on with the next batch')
        : trans.__('Stand still after this batch, until Continue'),
      idle: idle || (waits('pause', 'continue', 'stop') ? trans.__('Asked already') : '')
    });
    this.label(this.save, 'save', {
      text: trans.__('Checkpoint'),
      title: trans.__('Save a checkpoint after this batch'),
      idle: idle || (waits('checkpoint', 'stop') ? trans.__('Asked already') : '')
    });
    this.label(this.rate, 'rate', {
      text: trans.__('Learning rate'),
      title: trans.__('Set the learning rate from the next batch on'),
      idle: idle || (waits('learning_rate', 'stop') ? trans.__('Asked already') : '')
    });
    this.label(this.stop, 'stop', {
      text: trans.__('Stop'),
      title: trans.__('Save a checkpoint and end training; run the cell again to go on'),
      idle: idle || (waits('stop') ? trans.__('Asked already') : '')
    });
    setText(this.reason, idle);
    if (idle !== '') {
      this.form.close();
    }
    this.form.update(state, model.header);
    setText(this.said, askedNote(asked, trans) || this.outcome);
    this.said.dataset.waiting = String(asked.length > 0);
  }

  private ask(action: Action, value: number | null = null): void {
    const { model, trans } = this;
    this.outcome = '';
    model.send(action, value).then(
      answer => {
        this.outcome = answerNote(answer, model.state.batches, trans);
        this.update();
      },
      (error: unknown) => {
        if (!(error instanceof RequestError)) {
          throw error;
        }
        this.outcome = unsentNote(error, action, trans);
        this.update();
      }
    );
  }

  /** Disabled for the eye and the click, but not for the keyboard: the reason can be read. */
  private label(
    button: HTMLButtonElement,
    shape: Glyph,
    { text, title, idle }: { text: string; title: string; idle: string }
  ): void {
    const drawn = button.querySelector('svg')?.dataset.shape;
    if (drawn !== shape) {
      button.replaceChildren(glyph(shape), button.querySelector('span') ?? '');
    }
    const word = button.querySelector('span');
    if (word !== null) {
      setText(word, text);
    }
    button.title = idle === '' ? title : idle;
    button.setAttribute('aria-disabled', String(idle !== ''));
  }

  private button(text: string, onClick: () => void): HTMLButtonElement {
    const node = element('button', 'kr-Controls-button');
    node.type = 'button';
    const word = element('span', 'kr-Controls-word');
    word.textContent = text;
    node.append(word);
    node.addEventListener('click', () => {
      if (node.getAttribute('aria-disabled') !== 'true') {
        onClick();
      }
    });
    keepKeys(node);
    return node;
  }
}
