/** The question as a person sees it: renders its model, does no I/O. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';

import { keepKeys } from '../ui/keys';
import type { Point } from '../protocol';
import type { Decoded } from '../runs/values';
import type { AskModel } from './model';
import { pointsTable } from '../resume/pointsTable';
import { headline, resumeLabel, standing } from './messages';

export class AskView implements IDisposable {
  readonly node = element('div', 'kr-Ask');
  private readonly standing = element('div', 'kr-Ask-standing');
  private readonly bar = element('div', 'kr-Ask-bar');
  private readonly fill = element('div', 'kr-Ask-fill');
  private readonly buttons: HTMLButtonElement[] = [];
  private disposed = false;

  constructor(
    private readonly model: AskModel,
    private readonly trans: TranslationBundle
  ) {
    const { ask } = model;
    this.node.dataset.run = ask.run;
    this.node.setAttribute('role', 'group');
    this.node.setAttribute('aria-label', trans.__('Resume %1?', ask.run));
    const title = element('div', 'kr-Ask-headline');
    title.textContent = headline(ask, trans);
    this.standing.setAttribute('role', 'timer');
    this.bar.setAttribute('aria-hidden', 'true');
    this.bar.append(this.fill);
    const actions = element('div', 'kr-Ask-actions');
    const [newest, ...others] = ask.points;
    if (newest !== undefined) {
      const resume = this.button('kr-Ask-resume jp-mod-styled jp-mod-accept', () => {
        void model.answer({ action: 'resume', point: newest });
      });
      resume.textContent = resumeLabel(newest, trans);
      actions.append(resume);
    }
    const over = this.button('kr-Ask-startOver jp-mod-styled', () => {
      void model.answer({ action: 'new' });
    });
    over.textContent = trans.__('Start over');
    over.title = trans.__('Train anew in a new run; %1 stays as it is', ask.run);
    actions.append(over, this.standing);
    this.node.append(title, actions, this.bar);
    if (others.length > 0) {
      this.node.append(this.list(others));
    }
    for (const kind of ['pointerdown', 'keydown', 'focusin'] as const) {
      this.node.addEventListener(kind, () => {
        model.hold();
      });
    }
    model.changed.connect(this.render, this);
    this.render();
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    if (!this.disposed) {
      this.disposed = true;
      this.model.changed.disconnect(this.render, this);
      this.node.remove();
    }
  }

  private render(): void {
    const { state, left, ask } = this.model;
    this.node.dataset.state = state;
    const told = standing(this.model, this.trans);
    if (this.standing.textContent !== told) {
      this.standing.textContent = told;
    }
    this.bar.classList.toggle('kr-mod-still', state !== 'open' || left === null);
    this.fill.style.width = `${left === null ? 0 : (100 * left) / Math.max(ask.seconds, 1e-9)}%`;
    for (const button of this.buttons) {
      button.disabled = state !== 'open';
    }
  }

  /** The other checkpoints, folded away: each begins a run of its own. */
  private list(points: readonly Decoded<Point>[]): HTMLElement {
    const { trans, model } = this;
    const details = element('details', 'kr-Ask-others');
    const summary = element('summary', 'kr-Ask-summary');
    summary.textContent = trans.__('Another point');
    keepKeys(summary);
    const hint = element('div', 'kr-Ask-hint');
    hint.textContent = trans.__(
      'Training from an earlier point begins a new run, a fork; %1 stays as it is.',
      model.ask.run
    );
    const scroll = pointsTable(points, trans, (point, where) => {
      const fork = this.button('kr-Ask-fork', () => {
        void model.answer({ action: 'fork', point });
      });
      fork.textContent = trans.__('Fork from here');
      fork.setAttribute('aria-label', trans.__('Fork from %1', where));
      return [fork];
    });
    details.append(summary, hint, scroll);
    return details;
  }

  private button(name: string, act: () => void): HTMLButtonElement {
    const node = element('button', name);
    node.type = 'button';
    node.addEventListener('click', act);
    keepKeys(node);
    this.buttons.push(node);
    return node;
  }
}

function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  name: string
): HTMLElementTagNameMap[Tag] {
  const node = document.createElement(tag);
  node.className = name;
  return node;
}
