/** All charts of a run, in one or two columns. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';

import type { RunState } from '../runs/fold';
import type { Range } from './axis';
import { axisOf, extentOf } from './axis';
import type { Scene, Wishes } from './chart';
import { MetricChart } from './chart';
import type { Choices } from './choices';
import { planCharts } from './plan';

/** Half a frame: the page has other things to do in it. */
const FRAME_MS = 8;

export class ChartGrid implements IDisposable {
  readonly node = document.createElement('div');
  private readonly grid = document.createElement('div');
  private readonly left = document.createElement('div');
  private charts: MetricChart[] = [];
  /** Charts that do not show `scene` yet. */
  private stale: MetricChart[] = [];
  private scene: Scene | null = null;
  private frame = 0;
  private disposed = false;

  constructor(
    private readonly wishes: Wishes,
    private readonly trans: TranslationBundle
  ) {
    this.grid.className = 'kr-Charts';
    this.left.className = 'kr-Chart-note';
    this.node.append(this.grid, this.left);
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

  /** Show the run as it stands now; charts appear as its metrics do. */
  update(state: RunState, choices: Choices): void {
    const { charts, left } = planCharts(state.steps.metrics.keys(), state.rows);
    const signature = (chart: { key: string; validation: string | null }): string =>
      `${chart.key}\n${chart.validation ?? ''}`;
    const wanted = charts.map(signature).join('\0');
    if (wanted !== this.charts.map(chart => signature(chart.plan)).join('\0')) {
      for (const chart of this.charts) {
        chart.dispose();
      }
      this.charts = charts.map(plan => new MetricChart(plan, this.wishes, this.trans));
      this.grid.replaceChildren(...this.charts.map(chart => chart.node));
      this.grid.dataset.charts = String(Math.min(3, charts.length));
    }
    this.rescale(state, choices);
    this.left.textContent =
      left > 0
        ? this.trans._n('%1 more metric is not shown', '%1 more metrics are not shown', left)
        : '';
  }

  /** Show the same in another way. */
  choose(choices: Choices): void {
    if (this.scene === null) {
      return;
    }
    if (this.scene.choices.axis === choices.axis) {
      this.scene = { ...this.scene, choices };
      this.redraw();
    } else {
      this.rescale(this.scene.state, choices);
    }
  }

  dispose(): void {
    if (this.disposed) {
      return;
    }
    this.disposed = true;
    cancelAnimationFrame(this.frame);
    for (const chart of this.charts) {
      chart.dispose();
    }
    this.node.remove();
  }

  private rescale(state: RunState, choices: Choices): void {
    const axis = axisOf(state, choices.axis);
    this.scene = { state, axis, extent: extentOf(state, axis), choices };
    this.redraw();
  }

  private redraw(): void {
    this.stale = [...this.charts];
    this.schedule();
  }

  /** Draw as many charts as a frame has time for, then the others in the next: a run of a million
   * steps takes some milliseconds each. */
  private schedule(): void {
    if (this.frame !== 0 || this.disposed) {
      return;
    }
    this.frame = requestAnimationFrame(began => {
      this.frame = 0;
      let chart = this.stale.shift();
      while (chart !== undefined && this.scene !== null) {
        if (!chart.isDisposed) {
          chart.update(this.scene);
        }
        chart = performance.now() - began < FRAME_MS ? this.stale.shift() : undefined;
      }
      if (this.stale.length > 0) {
        this.schedule();
      }
    });
  }
}
