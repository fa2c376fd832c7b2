/** One chart of a run: uPlot with our axes, colours, heading and marks. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

import type { RunState } from '../runs/fold';
import { formatTicks, formatValue } from './format';
import type { LegendItem } from './legend';
import { Legend } from './legend';
import type { ChartLines, Line } from './lines';
import { linesOf, xOf, xRange } from './lines';
import type { ChartPlan } from './plan';
import type { Colours } from './theme';
import { onThemeChange, readColours } from './theme';

/** Wide enough for `−1.25e-3`; the same for all charts, so that their x axes line up. */
const Y_AXIS = 56;

/** With more epochs than this, a point for each would cover the line. */
const MOST_POINTS = 60;

const EPOCH_STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000
];

export class MetricChart implements IDisposable {
  readonly node = document.createElement('div');
  private readonly plot = document.createElement('div');
  private readonly legend: Legend;
  /** Where the pointer is; it takes the place of the axis' name. */
  private readonly place = document.createElement('div');
  private readonly note = document.createElement('div');
  private readonly observer: ResizeObserver;
  private readonly theme: IDisposable;
  private chart: uPlot | null = null;
  private frame = 0;
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
    this.plot.className = 'kr-Chart-plot';
    this.plot.setAttribute('role', 'img');
    this.note.className = 'kr-Chart-note';
    this.legend = new Legend(
      plan.kind === 'learning-rate' ? trans.__('learning rate') : plan.metric
    );
    this.place.className = 'kr-Chart-place';
    this.plot.append(this.place);
    this.node.append(this.legend.node, this.plot, this.note);
    this.colours = readColours(this.node);
    this.observer = new ResizeObserver(() => {
      this.draw();
    });
    this.observer.observe(this.plot);
    this.theme = onThemeChange(() => {
      this.restyle();
    });
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
    cancelAnimationFrame(this.frame);
    this.observer.disconnect();
    this.theme.dispose();
    this.chart?.destroy();
    this.node.remove();
  }

  /** Draw at the size that the page gives; nothing while it gives none. */
  private draw(): void {
    const width = Math.floor(this.plot.clientWidth);
    const height = Math.floor(this.plot.clientHeight);
    if (this.state === null || width < 40 || height < 40) {
      return;
    }
    const lines = linesOf(this.state, this.plan, Math.max(50, width - Y_AXIS));
    const data = aligned(this.plan, lines);
    this.drawn = lines;
    if (this.chart === null) {
      this.colours = readColours(this.node);
      this.chart = new uPlot(this.options(width, height), data, this.plot);
    } else {
      if (this.chart.width !== width || this.chart.height !== height) {
        this.chart.setSize({ width, height });
      }
      this.chart.setData(data);
    }
    this.describe(lines);
  }

  /** Draw afresh in the next frame: while themes are swapped the page has no layout to draw in. */
  private restyle(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      this.chart?.destroy();
      this.chart = null;
      this.draw();
    });
  }

  private options(width: number, height: number): uPlot.Options {
    const { text, grid, axis, font, training, trainingLight, validation, rate } = this.colours;
    const isRate = this.plan.kind === 'learning-rate';
    const frame = {
      stroke: text,
      font,
      border: { show: true, stroke: axis, width: 1 },
      ticks: { stroke: axis, width: 1, size: 4 }
    };
    const few = (): boolean => (this.drawn?.epochs.x.length ?? 0) <= MOST_POINTS;
    const epochLine = (stroke: string): uPlot.Series => ({
      stroke,
      width: 1.75,
      points: { show: few, size: 5, width: 1, stroke, fill: stroke }
    });
    return {
      width,
      height,
      padding: [8, 10, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: false, y: false },
        points: { size: 6, width: 1 }
      },
      scales: {
        x: { time: false, range: (_, min, max) => xRange(min, max) },
        y: { range: (_, min, max) => yRange(min, max) }
      },
      axes: [
        {
          ...frame,
          size: 20,
          gap: 3,
          label: this.trans.__('epoch'),
          labelSize: 15,
          labelGap: 1,
          labelFont: font,
          space: 36,
          grid: { show: false },
          incrs: EPOCH_STEPS,
          values: (_, ticks) => ticks.map(String)
        },
        {
          ...frame,
          size: Y_AXIS,
          gap: 4,
          space: 28,
          grid: { stroke: grid, width: 1 },
          values: (_, ticks) => formatTicks(ticks)
        }
      ],
      series: [
        {},
        isRate ? rateLine(rate) : { stroke: trainingLight, width: 1, points: { show: false } },
        ...(isRate ? [] : [epochLine(training), epochLine(validation)])
      ],
      hooks: {
        drawAxes: [
          u => {
            this.drawMarks(u);
          }
        ],
        setCursor: [
          u => {
            this.showValues(u);
          }
        ]
      }
    };
  }

  /** Dashed lines where the run was resumed, ticks where its checkpoints are. */
  private drawMarks(u: uPlot): void {
    if (this.state === null) {
      return;
    }
    const { ctx, bbox } = u;
    const { resumes, checkpoints, batches } = this.state;
    const at = (x: number): number => Math.round(u.valToPos(x, 'x', true)) + 0.5;
    const inside = (x: number): boolean => x >= bbox.left && x <= bbox.left + bbox.width + 1;
    const ratio = uPlot.pxRatio;
    ctx.save();
    ctx.strokeStyle = this.colours.text;
    ctx.lineWidth = ratio;
    ctx.setLineDash([4 * ratio, 3 * ratio]);
    for (const position of resumes) {
      const x = at(xOf(position, batches));
      if (inside(x)) {
        ctx.beginPath();
        ctx.moveTo(x, bbox.top);
        ctx.lineTo(x, bbox.top + bbox.height);
        ctx.stroke();
      }
    }
    ctx.fillStyle = this.colours.text;
    const bottom = bbox.top + bbox.height;
    for (const { position } of checkpoints) {
      const x = at(xOf(position, batches));
      if (inside(x)) {
        ctx.beginPath();
        ctx.moveTo(x, bottom - 5 * ratio);
        ctx.lineTo(x + 3 * ratio, bottom);
        ctx.lineTo(x - 3 * ratio, bottom);
        ctx.fill();
      }
    }
    ctx.restore();
  }

  /** The lines' values under the pointer, or the newest if it is elsewhere. */
  private showValues(u: uPlot): void {
    const lines = this.drawn;
    if (lines === null || this.state === null) {
      return;
    }
    const hover = u.cursor.left !== undefined && u.cursor.left >= 0;
    const all = [lines.steps, lines.epochs, lines.validation].slice(
      0,
      this.plan.kind === 'learning-rate' ? 1 : 3
    );
    const x = hover ? u.posToVal(u.cursor.left ?? 0, 'x') : Infinity;
    const shown = all
      .filter(line => line !== null)
      .filter(line => line.x.length > 0)
      .map(line => ({ line, at: nearest(line.x, x) }));
    const values = shown.map(({ line, at }) => valueAt(line, at, this.trans));
    this.legend.setValues(values);
    this.place.textContent = hover ? this.placeOf(lines, x) : '';
  }

  private placeOf(lines: ChartLines, x: number): string {
    const row = lines.steps.source[nearest(lines.steps.x, x)];
    if (row === undefined || this.state === null) {
      return this.trans.__('epoch %1', Math.round(x));
    }
    const { epoch, batch, step } = this.state.steps;
    return this.trans.__(
      'epoch %1, batch %2 · step %3',
      epoch.values[row],
      batch.values[row],
      step.values[row]
    );
  }

  private describe(lines: ChartLines): void {
    const { training, trainingLight, validation, rate } = this.colours;
    const items: LegendItem[] = [];
    if (this.plan.kind === 'learning-rate') {
      items.push({ name: this.trans.__('step'), colour: rate, light: false });
    } else {
      if (lines.steps.x.length > 0) {
        items.push({ name: this.trans.__('step'), colour: trainingLight, light: true });
      }
      if (lines.epochs.x.length > 0) {
        items.push({ name: this.trans.__('epoch'), colour: training, light: false });
      }
      if (lines.validation !== null && lines.validation.x.length > 0) {
        items.push({ name: this.trans.__('validation'), colour: validation, light: false });
      }
    }
    this.legend.setItems(items);
    if (this.chart !== null) {
      this.showValues(this.chart);
    }
    this.note.textContent =
      lines.gaps === 0
        ? ''
        : this.trans._n('%1 value is NaN or infinite', '%1 values are NaN or infinite', lines.gaps);
    this.plot.setAttribute('aria-label', this.summary(lines));
  }

  private summary(lines: ChartLines): string {
    const newest = (line: Line | null): string =>
      line === null || line.y.length === 0 ? '' : valueAt(line, line.y.length - 1, this.trans);
    if (this.plan.kind === 'learning-rate') {
      return this.trans.__('Learning rate by epoch; newest %1', newest(lines.steps));
    }
    const training = newest(lines.epochs) || newest(lines.steps);
    return lines.validation === null
      ? this.trans.__('%1 by epoch; newest %2', this.plan.metric, training)
      : this.trans.__(
          '%1 by epoch; newest %2, validation %3',
          this.plan.metric,
          training,
          newest(lines.validation)
        );
  }
}

/** A rate holds for the whole of its step. */
function rateLine(stroke: string): uPlot.Series {
  const paths = uPlot.paths.stepped?.({ align: -1 });
  return { stroke, width: 1.5, points: { show: false }, ...(paths === undefined ? {} : { paths }) };
}

/** One x axis for all lines; a line has no value (not even a gap) where only another has one. */
function aligned(plan: ChartPlan, { steps, epochs, validation }: ChartLines): uPlot.AlignedData {
  if (plan.kind === 'learning-rate') {
    return [steps.x, steps.y];
  }
  return uPlot.join([
    [steps.x, steps.y],
    [epochs.x, epochs.y],
    [validation?.x ?? [], validation?.y ?? []]
  ]);
}

/** Padded a little, and never of no height. */
function yRange(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null) {
    return [0, 1];
  }
  const pad = (max - min) * 0.06 || Math.abs(max) * 0.1 || 0.5;
  return [min >= 0 && min - pad < 0 ? 0 : min - pad, max + pad];
}

/** Index of the value closest to `x` in an ascending list. */
function nearest(xs: readonly number[], x: number): number {
  let low = 0;
  let high = xs.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((xs[middle] ?? 0) < x) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low > 0 && x - (xs[low - 1] ?? 0) < (xs[low] ?? 0) - x ? low - 1 : low;
}

function valueAt(line: Line, index: number, trans: TranslationBundle): string {
  const value = line.y[index];
  return value === null || value === undefined ? trans.__('not finite') : formatValue(value);
}
