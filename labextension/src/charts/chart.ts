/** One chart of a run: its heading, and uPlot on a surface. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

import type { RunState } from '../runs/fold';
import type { Axis, Range } from './axis';
import type { Choices, Zoom } from './choices';
import { within } from './choices';
import { gapsOf } from './gaps';
import type { Happening } from './events';
import { Legend } from './legend';
import type { ChartLine, LineKey, Tracks } from './lines';
import { linesOf, tracksOf } from './lines';
import { drawGaps, drawHappenings } from './marks';
import type { Handlers } from './options';
import { aligned, axisRoom, optionsOf } from './options';
import { Y_AXIS } from './scales';
import type { ChartPlan } from './plan';
import { gapNote, legendOf, placeAt, summaryOf, valuesAt } from './readout';
import { Strip } from './strip';
import { refit, Surface } from './surface';
import type { Colours } from '../ui/theme';
import { readColours } from '../ui/theme';

/** What all charts of a panel show; a new `axis` means that the run has changed. */
export interface Scene {
  state: RunState;
  axis: Axis;
  extent: Range;
  choices: Choices;
  happenings: readonly Happening[];
}

/** What a person wants of a chart. */
export interface Wishes {
  zoom: (zoom: Zoom | null) => void;
  /** Switch a line off or on, by the key that `Choices.hidden` knows it by. */
  toggle: (line: string) => void;
}

export class MetricChart implements IDisposable {
  readonly node = document.createElement('div');
  private readonly surface: Surface;
  private readonly legend: Legend;
  /** Where the pointer is; it takes the place of the axis' name. */
  private readonly place = document.createElement('div');
  /** Under the first of a run's charts. */
  private readonly strip: Strip | null;
  private readonly note = document.createElement('div');
  private chart: uPlot | null = null;
  /** The look that `chart` was made for. */
  private look = '';
  private scene: Scene | null = null;
  private tracks: Tracks | null = null;
  private lines: ChartLine[] = [];
  private colours: Colours;
  private disposed = false;

  constructor(
    readonly plan: ChartPlan,
    private readonly wishes: Wishes,
    private readonly trans: TranslationBundle,
    leads: boolean
  ) {
    this.strip = leads ? new Strip(trans) : null;
    this.node.className = 'kr-Chart';
    this.node.dataset.kind = plan.kind;
    this.note.className = 'kr-Chart-note';
    this.legend = new Legend(
      plan.kind === 'learning-rate' ? trans.__('learning rate') : plan.metric,
      line => {
        wishes.toggle(this.lineKey(line));
      },
      trans
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
    this.node.append(this.legend.node, this.surface.node);
    if (this.strip !== null) {
      this.node.append(this.strip.node);
    }
    this.node.append(this.note);
    this.colours = readColours(this.node);
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  /** Show the run as it stands now, as it is wanted. */
  update(scene: Scene): void {
    const before = this.scene;
    this.scene = scene;
    const same =
      before?.axis === scene.axis &&
      before.choices.smoothing === scene.choices.smoothing &&
      before.choices.scale === scene.choices.scale;
    if (!same) {
      const { smoothing } = scene.choices;
      this.tracks = tracksOf(scene.state, this.plan, scene.axis, { smoothing, log: this.log });
    }
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

  private get log(): boolean {
    return this.plan.loss && this.scene?.choices.scale === 'log';
  }

  /** What is in sight. */
  private get range(): Range {
    const { choices, extent } = this.scene ?? { choices: null, extent: [0, 1] as const };
    return within(choices?.zoom ?? null, extent) ?? extent;
  }

  private get hidden(): ReadonlySet<LineKey> {
    const keys = this.lines.map(({ track }) => track.key);
    return new Set(keys.filter(key => this.scene?.choices.hidden.includes(this.lineKey(key))));
  }

  private lineKey(line: LineKey): string {
    return `${this.plan.key}/${line}`;
  }

  private clear(): void {
    this.chart?.destroy();
    this.chart = null;
  }

  /**
   * Draw at the size that the page gives; nothing while it gives none. One that is out of sight
   * stays as it was drawn until it comes into sight.
   */
  private draw(): void {
    const { scene, tracks, plan, trans } = this;
    const { size, inSight } = this.surface;
    if (scene === null || tracks === null || size === null || (this.chart !== null && !inSight)) {
      return;
    }
    const room = size.width - Y_AXIS - axisRoom(scene.axis.kind);
    const pixels = Math.round(room * Math.min(2, uPlot.pxRatio));
    this.lines = linesOf(tracks, this.range, Math.max(50, pixels));
    const data = aligned(this.lines);
    const look = JSON.stringify([
      scene.axis.kind,
      this.log,
      this.lines.map(({ smooth }) => smooth !== null),
      [...this.hidden]
    ]);
    if (look !== this.look) {
      this.look = look;
      this.clear();
    }
    if (this.chart === null) {
      this.colours = readColours(this.node);
      this.chart = this.make(size, data);
    } else {
      refit(this.chart, size, data);
    }
    this.node.dataset.from = String(this.range[0]);
    this.node.dataset.to = String(this.range[1]);
    this.node.dataset.scale = this.log ? 'log' : 'linear';
    this.legend.setItems(legendOf(plan, this.lines, this.colours, trans));
    this.legend.setHidden(this.hidden);
    this.showValues(this.chart);
    this.note.textContent = gapNote(tracks, trans);
    this.surface.node.setAttribute('aria-label', summaryOf(plan, tracks, scene.axis.kind, trans));
    this.strip?.update({
      happenings: scene.happenings,
      skipped: scene.state.skipped.length,
      axis: scene.axis.kind,
      range: this.range,
      width: size.width,
      batches: scene.state.batches
    });
  }

  private make(size: { width: number; height: number }, data: uPlot.AlignedData): uPlot {
    const { plan, colours, trans, log, hidden, scene } = this;
    const handlers: Handlers = {
      epochs: () => this.lines.find(({ track }) => track.key === 'epochs')?.raw.x.length ?? 0,
      range: () => this.range,
      zoom: zoom => {
        this.wishes.zoom(zoom);
      },
      pointer: u => {
        this.showValues(u);
      },
      marks: u => {
        if (this.scene !== null) {
          drawHappenings(u, this.scene.happenings, { text: colours.text, stopped: colours.wrong });
        }
      },
      gaps: u => {
        const shown = this.lines.filter(({ track }) => !this.hidden.has(track.key));
        drawGaps(u, shown.flatMap(gapsOf), colours.wrong);
      }
    };
    const drawing = {
      plan,
      colours,
      trans,
      axis: scene?.axis.kind ?? 'epoch',
      log,
      lines: this.lines.map(({ track }) => track.key),
      smooth: this.lines.filter(({ smooth }) => smooth !== null).map(({ track }) => track.key),
      hidden
    };
    return new uPlot(optionsOf(drawing, size, handlers), data, this.surface.node);
  }

  /** The lines' values under the pointer, or the newest if it is elsewhere. */
  private showValues(u: uPlot): void {
    const { lines, scene, trans } = this;
    if (scene === null) {
      return;
    }
    const left = u.cursor.left ?? -1;
    const x = left >= 0 ? u.posToVal(left, 'x') : null;
    this.legend.setValues(valuesAt(lines, this.hidden, x));
    this.place.textContent =
      x === null ? '' : placeAt(lines, scene.state.steps, scene.axis.kind, x, trans);
  }
}
