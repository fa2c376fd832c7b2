/** All charts of a run, in one or two columns. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';

import type { RunState } from '../runs/fold';
import type { Range } from './axis';
import { axisOf, extentOf } from './axis';
import type { Scene, Wishes } from './chart';
import { MetricChart } from './chart';
import type { Choices } from './choices';
import { Frames } from './frames';
import { happeningsOf } from './events';
import type { Plans } from './plan';
import { planCharts } from './plan';

export class ChartGrid implements IDisposable {
  readonly node = document.createElement('div');
  private readonly grid = document.createElement('div');
  private charts: MetricChart[] = [];
  private scene: Scene | null = null;
  private readonly frames = new Frames<MetricChart>(chart => {
    if (this.scene !== null) {
      chart.update(this.scene);
    }
  });
  private plans: Plans = { charts: [], metrics: [], chosen: [] };
  private stopped = false;
  private disposed = false;

  constructor(
    private readonly wishes: Wishes,
    private readonly trans: TranslationBundle
  ) {
    this.grid.className = 'kr-Charts';
    this.node.append(this.grid);
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  /** From where to where there is something to zoom into. */
  get extent(): Range {
    return this.scene?.extent ?? [0, 1];
  }

  /** Whether there are charts, and whether one of them is a loss's. */
  get has(): { charts: boolean; losses: boolean } {
    return {
      charts: this.charts.length > 0,
      losses: this.charts.some(({ plan }) => plan.loss)
    };
  }

  /** The metrics that a chart can be had of, and those that have one. */
  get metrics(): Pick<Plans, 'metrics' | 'chosen'> {
    return this.plans;
  }

  /** Show the run as it stands now; charts appear as its metrics do. `stopped`: its process is gone. */
  update(state: RunState, choices: Choices, stopped: boolean): void {
    this.stopped = stopped;
    this.plan(state, choices);
    this.rescale(state, choices);
  }

  private plan(state: RunState, choices: Choices): void {
    this.plans = planCharts(state.steps.metrics.keys(), state.rows, choices.metrics);
    const { charts } = this.plans;
    const signature = (chart: { key: string; validation: string | null }): string =>
      `${chart.key}\n${chart.validation ?? ''}`;
    const wanted = charts.map(signature).join('\0');
    if (wanted === this.charts.map(chart => signature(chart.plan)).join('\0')) {
      return;
    }
    const before = new Map(this.charts.map(chart => [signature(chart.plan), chart]));
    const leader = this.charts[0];
    this.charts = charts.map((plan, index) => {
      const kept = before.get(signature(plan));
      // The first one carries the strip.
      if (kept !== undefined && (kept === leader) === (index === 0)) {
        before.delete(signature(plan));
        return kept;
      }
      return new MetricChart(plan, this.wishes, this.trans, index === 0);
    });
    for (const chart of before.values()) {
      chart.dispose();
    }
    this.grid.replaceChildren(...this.charts.map(chart => chart.node));
    this.grid.dataset.charts = String(charts.length);
  }

  /** Show the same in another way. */
  choose(choices: Choices): void {
    if (this.scene === null) {
      return;
    }
    if (this.scene.choices.metrics !== choices.metrics) {
      this.plan(this.scene.state, choices);
    }
    if (this.scene.choices.axis === choices.axis) {
      this.scene = { ...this.scene, choices };
      this.frames.redraw(this.charts);
    } else {
      this.rescale(this.scene.state, choices);
    }
  }

  dispose(): void {
    if (this.disposed) {
      return;
    }
    this.disposed = true;
    this.frames.dispose();
    for (const chart of this.charts) {
      chart.dispose();
    }
    this.node.remove();
  }

  private rescale(state: RunState, choices: Choices): void {
    const axis = axisOf(state, choices.axis);
    const happenings = happeningsOf(state, axis, this.stopped);
    this.scene = { state, axis, extent: extentOf(state, axis), choices, happenings };
    this.frames.redraw(this.charts);
  }
}
