/** The panel of a run: renders its model, does no I/O. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';

import type { Choices } from '../charts/choices';
import { toggled, withAxis } from '../charts/choices';
import { TimedState } from '../charts/clock';
import { ChartGrid } from '../charts/grid';
import { formatValue } from '../charts/format';
import { Toolbar } from '../charts/toolbar';
import type { RunModel } from '../runs/model';
import type { Sighting } from './progress';
import { progressOf, recent } from './progress';
import type { RememberedChoices } from './remembered';
import {
  checkpointNote,
  duration,
  emptyNote,
  notes,
  problemNote,
  standing,
  statusLabel
} from './words';

/** The pill's mark, so that the status is not told by colour alone. */
const MARKS = {
  running: '▶',
  stopped: '■',
  finished: '✓',
  interrupted: '‖',
  failed: '✕',
  missing: '?'
};

export class RunView implements IDisposable {
  readonly node = element('div', 'kr-Panel');
  private readonly name = element('span', 'kr-Panel-name');
  private readonly pill = element('span', 'kr-Panel-status');
  private readonly mark = element('span', 'kr-Panel-mark');
  private readonly word = element('span', 'kr-Panel-word');
  private readonly standing = element('span', 'kr-Panel-standing');
  private readonly times = element('span', 'kr-Panel-times');
  private readonly bar = element('div', 'kr-Panel-progress');
  private readonly fill = element('div', 'kr-Panel-progressFill');
  private readonly problem = element('div', 'kr-Panel-problem');
  private readonly empty = element('div', 'kr-Panel-empty');
  private readonly notes = element('ul', 'kr-Panel-notes');
  private readonly checkpoint = element('div', 'kr-Panel-checkpoint');
  private readonly toolbar: Toolbar;
  private readonly charts: ChartGrid;
  private choices: Choices;
  private sightings: Sighting[] = [];
  private disposed = false;

  constructor(
    private readonly model: RunModel,
    private readonly remembered: RememberedChoices,
    private readonly trans: TranslationBundle
  ) {
    this.choices = remembered.of(model.folder);
    this.node.dataset.run = model.name;
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Training run %1', model.name));
    this.name.textContent = model.name;
    this.name.title = model.folder;
    this.pill.setAttribute('role', 'status');
    this.mark.setAttribute('aria-hidden', 'true');
    this.pill.append(this.mark, this.word);
    this.bar.setAttribute('role', 'progressbar');
    this.bar.setAttribute('aria-label', trans.__('Progress of %1', model.name));
    this.bar.setAttribute('aria-valuemin', '0');
    this.bar.setAttribute('aria-valuemax', '100');
    this.bar.append(this.fill);
    this.problem.setAttribute('role', 'alert');
    this.toolbar = new Toolbar(choices => {
      this.choose(choices);
    }, trans);
    this.charts = new ChartGrid(
      {
        zoom: zoom => {
          this.choose({ ...this.shown, zoom });
        },
        toggle: line => {
          this.choose(toggled(this.shown, line));
        }
      },
      trans
    );
    const header = element('div', 'kr-Panel-header');
    header.append(this.name, this.pill, this.standing, this.times);
    this.node.append(
      header,
      this.bar,
      this.problem,
      this.empty,
      this.toolbar.node,
      this.charts.node,
      this.notes,
      this.checkpoint
    );
    model.changed.connect(this.render, this);
    if (model.loaded) {
      this.render();
    }
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    if (this.disposed) {
      return;
    }
    this.disposed = true;
    this.model.changed.disconnect(this.render, this);
    this.charts.dispose();
    this.node.remove();
  }

  private render(): void {
    const { model, trans } = this;
    const { state, status, problem } = model;
    this.sightings = recent(this.sightings, { time: state.updated, step: state.position.step });
    setText(this.mark, MARKS[status]);
    setText(this.word, statusLabel(status, trans));
    this.pill.title = state.reason;
    this.pill.hidden = problem?.kind === 'newer';
    const where = standing(state, status, trans);
    const early = status === 'finished' && state.reason !== '' && state.reason !== 'completed';
    const told = early || status === 'failed' ? [where, state.reason] : [where];
    setText(this.standing, told.filter(part => part !== '').join(' · '));
    this.standing.title = this.standing.textContent ?? '';
    setText(this.times, this.timing());
    const { share } = progressOf(state, this.sightings);
    this.fill.style.width = `${(share * 100).toFixed(2)}%`;
    this.bar.setAttribute('aria-valuenow', String(Math.round(share * 100)));
    this.bar.hidden = status === 'missing' || problem?.kind === 'newer';
    setText(this.problem, problemNote(problem, model.folder, trans));
    setText(this.empty, emptyNote(state, status, problem, trans));
    this.renderNotes(notes(state, model.torn, trans));
    setText(this.checkpoint, checkpointNote(state, trans));
    this.charts.update(state, this.shown);
    this.renderToolbar();
    const steps = state.steps.step.values;
    Object.assign(this.node.dataset, {
      status,
      epochs: String(state.rows.length),
      steps: String(steps.length),
      step: String(steps[steps.length - 1] ?? state.position.step)
    });
  }

  /** See the charts in another way, now and the next time. */
  private choose(choices: Choices): void {
    this.choices = choices;
    this.remembered.set(this.model.folder, choices);
    this.charts.choose(this.shown);
    this.renderToolbar();
  }

  private get timed(): boolean {
    return this.model.state instanceof TimedState;
  }

  /** What was chosen, as far as this run can be shown so. */
  private get shown(): Choices {
    const { choices } = this;
    return choices.axis === 'time' && !this.timed ? withAxis(choices, 'epoch') : choices;
  }

  private renderToolbar(): void {
    const { charts, losses } = this.charts.has;
    this.toolbar.node.hidden = !charts;
    this.toolbar.update(this.shown, {
      losses,
      times: this.timed,
      extent: this.charts.extent
    });
  }

  private timing(): string {
    const { model, trans } = this;
    if (!model.state.started) {
      return '';
    }
    const { elapsed, rate, left } = progressOf(model.state, this.sightings);
    const parts = [duration(elapsed, trans)];
    if (model.status === 'running') {
      if (left !== null) {
        parts.push(trans.__('%1 left', duration(left, trans)));
      }
      if (rate !== null && rate > 0) {
        parts.push(
          trans.__(
            '%1 steps/s',
            rate >= 10 ? Math.round(rate) : formatValue(Number(rate.toPrecision(2)))
          )
        );
      }
    }
    return parts.join(' · ');
  }

  private renderNotes(lines: readonly string[]): void {
    const drawn = [...this.notes.children].map(child => child.textContent);
    if (lines.length === drawn.length && lines.every((line, index) => line === drawn[index])) {
      return;
    }
    this.notes.replaceChildren(
      ...lines.map(line => {
        const item = element('li', 'kr-Panel-note');
        item.textContent = line;
        item.title = line;
        return item;
      })
    );
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

/** Leaves the node alone if it says so already: screen readers announce every change. */
function setText(node: HTMLElement, text: string): void {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}
