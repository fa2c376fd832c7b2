/** All charts of a run, in one or two columns. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';

import type { RunState } from '../runs/fold';
import { MetricChart } from './chart';
import { planCharts } from './plan';

/** Half a frame: the page has other things to do in it. */
const FRAME_MS = 8;

export class ChartGrid implements IDisposable {
  readonly node = document.createElement('div');
  private readonly grid = document.createElement('div');
  private readonly left = document.createElement('div');
  private charts: MetricChart[] = [];
  /** Charts that do not show `state` yet. */
  private stale: MetricChart[] = [];
  private state: RunState | null = null;
  private frame = 0;
  private disposed = false;

  constructor(private readonly trans: TranslationBundle) {
    this.grid.className = 'kr-Charts';
    this.left.className = 'kr-Chart-note';
    this.node.append(this.grid, this.left);
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  /** Show the run as it stands now; charts appear as its metrics do. */
  update(state: RunState): void {
    const { charts, left } = planCharts(state.steps.metrics.keys(), state.rows);
    const signature = (chart: { key: string; validation: string | null }): string =>
      `${chart.key}\n${chart.validation ?? ''}`;
    const wanted = charts.map(signature).join('\0');
    if (wanted !== this.charts.map(chart => signature(chart.plan)).join('\0')) {
      for (const chart of this.charts) {
        chart.dispose();
      }
      this.charts = charts.map(plan => new MetricChart(plan, this.trans));
      this.grid.replaceChildren(...this.charts.map(chart => chart.node));
      this.grid.dataset.charts = String(Math.min(3, charts.length));
    }
    this.state = state;
    this.stale = [...this.charts];
    this.schedule();
    this.left.textContent =
      left > 0
        ? this.trans._n('%1 more metric is not shown', '%1 more metrics are not shown', left)
        : '';
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

  /** Draw as many charts as a frame has time for, then the others in the next: a run of a million
   * steps takes some milliseconds each. */
  private schedule(): void {
    if (this.frame !== 0 || this.disposed) {
      return;
    }
    this.frame = requestAnimationFrame(began => {
      this.frame = 0;
      let chart = this.stale.shift();
      while (chart !== undefined && this.state !== null) {
        if (!chart.isDisposed) {
          chart.update(this.state);
        }
        chart = performance.now() - began < FRAME_MS ? this.stale.shift() : undefined;
      }
      if (this.stale.length > 0) {
        this.schedule();
      }
    });
  }
}
