/** The panel of a run: renders its model, does no I/O. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';

import type { Choices } from '../charts/choices';
import { toggled, withAxis } from '../charts/choices';
import { TimedState } from '../runs/clock';
import { ChartGrid } from '../charts/grid';
import { Toolbar } from '../charts/toolbar';
import { ReportView } from '../resume/report';
import type { RunModel } from '../runs/model';
import { Chooser } from '../charts/chooser';
import { Controls } from './controls';
import { element, setText } from '../ui/elements';
import { Header } from './header';
import type { RememberedChoices } from '../charts/remembered';
import { emptyNote, notes, problemNote } from './messages';

/** What the panel shows: a run as it stands, wherever its journal comes from. */
export type Shown = Pick<
  RunModel,
  | 'name'
  | 'folder'
  | 'state'
  | 'header'
  | 'status'
  | 'problem'
  | 'torn'
  | 'loaded'
  | 'late'
  | 'asked'
  | 'send'
  | 'changed'
>;

/** Times go on between two lines of the journal. */
const TICK_MS = 1000;

export class RunView implements IDisposable {
  readonly node = element('div', 'kr-Panel');
  private readonly header: Header;
  /** Beside the run's name: what one can do. */
  readonly actions: HTMLElement;
  private readonly controls: Controls;
  private readonly problem = element('div', 'kr-Panel-problem');
  private readonly empty = element('div', 'kr-Panel-empty');
  private readonly toolbar: Toolbar;
  private readonly chooser: Chooser;
  private readonly charts: ChartGrid;
  private readonly report: ReportView;
  private readonly notes = element('ul', 'kr-Panel-notes');
  private readonly ticking: ReturnType<typeof setInterval>;
  private choices: Choices;
  /** When the journal was last seen to grow: its time, and the page's. */
  private heard = { updated: NaN, at: 0 };
  private disposed = false;

  constructor(
    private readonly model: Shown,
    private readonly remembered: Pick<RememberedChoices, 'of' | 'set'>,
    private readonly trans: TranslationBundle
  ) {
    this.choices = remembered.of(model.folder);
    this.node.dataset.run = model.name;
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Training run %1', model.name));
    this.header = new Header(model.name, model.folder, trans);
    this.controls = new Controls(model, trans);
    this.actions = this.header.actions;
    this.actions.append(this.controls.node);
    this.problem.setAttribute('role', 'alert');
    this.toolbar = new Toolbar(choices => {
      this.choose(choices);
    }, trans);
    this.chooser = new Chooser(metrics => {
      this.choose({ ...this.shown, metrics });
    }, trans);
    this.toolbar.node.append(this.chooser.button);
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
    this.report = new ReportView(trans);
    this.node.append(
      this.header.node,
      this.controls.below,
      this.problem,
      this.empty,
      this.toolbar.node,
      this.chooser.node,
      this.charts.node,
      this.notes,
      this.report.node
    );
    model.changed.connect(this.render, this);
    this.ticking = setInterval(() => {
      this.tick();
    }, TICK_MS);
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
    clearInterval(this.ticking);
    this.model.changed.disconnect(this.render, this);
    this.charts.dispose();
    this.node.remove();
  }

  private render(): void {
    const { model, trans } = this;
    const { state, status, problem } = model;
    if (state.updated !== this.heard.updated) {
      this.heard = { updated: state.updated, at: performance.now() };
    }
    const readable = problem?.kind !== 'newer';
    this.header.update(state, status, readable);
    this.controls.node.hidden = !readable || !state.started;
    this.controls.update();
    setText(this.problem, problemNote(problem, model.folder, trans));
    setText(this.empty, emptyNote(state, status, problem, trans));
    this.charts.update(state, this.shown, status === 'stopped');
    this.report.update(state.findings);
    this.renderNotes(notes(state, model.torn, trans));
    this.renderToolbar();
    const steps = state.steps.step.values;
    Object.assign(this.node.dataset, {
      status,
      paused: String(status === 'running' && state.paused),
      problem: problem?.kind ?? '',
      epochs: String(state.rows.length),
      steps: String(steps.length),
      step: String(steps[steps.length - 1] ?? state.position.step)
    });
  }

  private tick(): void {
    const { state, status, problem } = this.model;
    if (status === 'running' && problem === null && state.started) {
      this.header.tick(state, status, (performance.now() - this.heard.at) / 1000);
    }
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
    const { metrics, chosen } = this.charts.metrics;
    this.chooser.update(metrics, chosen);
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
