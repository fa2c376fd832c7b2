/** One chart of a run: its heading, and uPlot on a surface. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

import type { RunState } from '../runs/fold';
import { Legend } from './legend';
import type { ChartLines } from './lines';
import { linesOf } from './lines';
import { drawMarks } from './marks';
import { aligned, optionsOf, Y_AXIS } from './options';
import type { ChartPlan } from './plan';
import { gapNote, legendOf, placeAt, summaryOf, valuesAt } from './readout';
import { Surface } from './surface';
import type { Colours } from './theme';
import { readColours } from './theme';

export class MetricChart implements IDisposable {
  readonly node = document.createElement('div');
  private readonly surface: Surface;
  private readonly legend: Legend;
  /** Where the pointer is; it takes the place of the axis' name. */
  private readonly place = document.createElement('div');
  private readonly note = document.createElement('div');
  private chart: uPlot | null = null;
  private drawn: ChartLines | null = null;
  private state: RunState | null = null;
  private colours: Colours;
  private disposed = false;

  constructor(
    readonly plan: ChartPlan,
    private readonly trans: TranslationBundle
  ) {
    this.node.className = 'kr-Chart';
    this.node.dataset.kind = plan.kind;
    this.note.className = 'kr-Chart-note';
    this.legend = new Legend(
      plan.kind === 'learning-rate' ? trans.__('learning rate') : plan.metric
    );
    this.surface = new Surface(
      () => {
        this.draw();
      },
      () => {
        this.clear();
        this.draw();
      }
    );
    this.place.className = 'kr-Chart-place';
    this.surface.node.append(this.place);
    this.node.append(this.legend.node, this.surface.node, this.note);
    this.colours = readColours(this.node);
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  /** Show the run as it stands now. */
  update(state: RunState): void {
    this.state = state;
    this.draw();
  }

  dispose(): void {
    if (this.disposed) {
      return;
    }
    this.disposed = true;
    this.surface.dispose();
    this.clear();
    this.node.remove();
  }

  private clear(): void {
    this.chart?.destroy();
    this.chart = null;
  }

  /** Draw at the size that the page gives; nothing while it gives none. */
  private draw(): void {
    const { size } = this.surface;
    if (this.state === null || size === null) {
      return;
    }
    const lines = linesOf(this.state, this.plan, Math.max(50, size.width - Y_AXIS));
    const data = aligned(this.plan, lines);
    this.drawn = lines;
    if (this.chart === null) {
      this.colours = readColours(this.node);
      this.chart = this.make(size, data);
    } else {
      if (this.chart.width !== size.width || this.chart.height !== size.height) {
        this.chart.setSize(size);
      }
      this.chart.setData(data);
    }
    this.legend.setItems(legendOf(this.plan, lines, this.colours, this.trans));
    this.showValues(this.chart);
    this.note.textContent = gapNote(lines.gaps, this.trans);
    this.surface.node.setAttribute('aria-label', summaryOf(this.plan, lines, this.trans));
  }

  private make(size: { width: number; height: number }, data: uPlot.AlignedData): uPlot {
    const { plan, colours, trans } = this;
    const epochs = (): number => this.drawn?.epochs.x.length ?? 0;
    const marks = (u: uPlot): void => {
      if (this.state !== null) {
        drawMarks(u, this.state, colours.text);
      }
    };
    const values = (u: uPlot): void => {
      this.showValues(u);
    };
    return new uPlot(
      optionsOf({ plan, colours, trans, epochs }, size, { drawAxes: [marks], setCursor: [values] }),
      data,
      this.surface.node
    );
  }

  /** The lines' values under the pointer, or the newest if it is elsewhere. */
  private showValues(u: uPlot): void {
    const { drawn, state, plan, trans } = this;
    if (drawn === null || state === null) {
      return;
    }
    const left = u.cursor.left ?? -1;
    const x = left >= 0 ? u.posToVal(left, 'x') : Infinity;
    this.legend.setValues(valuesAt(plan, drawn, x, trans));
    this.place.textContent = left >= 0 ? placeAt(drawn, state.steps, x, trans) : '';
  }
}
