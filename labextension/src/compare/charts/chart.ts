/** One metric of all runs that are compared: uPlot draws the frame, canvases over it the curves. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

import type { Range } from '../../charts/axis';
import { keepKeys } from '../../ui/keys';
import { refit, Surface } from '../../charts/surface';
import { LEAST_DRAG, padded } from '../../charts/scales';
import { pageIsDark, readColours } from '../../ui/theme';
import { element, setText } from '../../ui/elements';
import type { CompareAxis } from '../../protocol';
import type { Ground } from './canvases';
import { Canvases } from './canvases';
import type { At, Drawn } from '../data/geometry';
import { closest, heightOf, rowAt, undrawable } from '../data/geometry';
import type { Mark } from '../data/marks';
import { optionsOf } from './options';
import type { Look } from './palette';
import { lookOf } from './palette';
import { Tip } from './tip';
import { stepOf } from '../data/walk';
import { axisName, pointWords, undrawnNote, valueLine } from '../data/messages';

/** What a chart shows. */
export interface Scene {
  metric: string;
  axis: CompareAxis;
  range: Range;
  log: boolean;
  /** Of the runs that are switched on. */
  drawn: readonly Drawn[];
  marks: readonly Mark[];
  labels: ReadonlyMap<string, string>;
  /** Place of a run in the comparison: its look. */
  indexOf: (key: string) => number;
}

export interface Wishes {
  zoom: (range: Range | null) => void;
  /** The pointer is at `x` (null: nowhere), closest to a point. */
  hover: (x: number | null, at: At | null) => void;
  /** What can be done from a point is asked for, there on the page. */
  choose: (metric: string, at: At, left: number, top: number) => void;
  /** For those who do not see it. */
  say: (words: string) => void;
}

export class CompareChart implements IDisposable {
  readonly node = element('div', 'kr-Chart kr-CompareChart');
  private readonly title = element('span', 'kr-Legend-title');
  private readonly value = element('span', 'kr-CompareChart-value');
  private readonly note = element('div', 'kr-Chart-note');
  private readonly surface: Surface;
  private readonly tip: Tip;
  private readonly canvases = new Canvases();
  private chart: uPlot | null = null;
  private look = '';
  private ground: Ground;
  private scene: Scene | null = null;
  private height: Range = [0, 1];
  private highlight: string | null = null;
  private at: At | null = null;
  private pressed: { x: number; y: number } | null = null;
  /** Whether uPlot's pointer is not the mouse here, but that of another chart or of the keys. */
  private following = false;
  private disposed = false;

  constructor(
    readonly metric: string,
    private readonly wishes: Wishes,
    private readonly trans: TranslationBundle
  ) {
    this.node.dataset.metric = metric;
    this.title.textContent = metric;
    this.title.title = metric;
    const head = element('div', 'kr-Legend');
    head.append(this.title, this.value);
    this.surface = new Surface(
      () => {
        this.draw();
      },
      () => {
        this.clear();
        this.draw();
      }
    );
    this.surface.node.tabIndex = 0;
    this.surface.node.setAttribute('role', 'application');
    this.surface.node.setAttribute('aria-roledescription', trans.__('chart'));
    this.surface.node.addEventListener('keydown', event => {
      this.onKey(event);
    });
    this.surface.node.addEventListener('blur', () => {
      this.wishes.hover(null, null);
    });
    keepKeys(this.surface.node);
    this.tip = new Tip();
    this.surface.node.append(this.tip.node);
    this.node.append(head, this.surface.node, this.note);
    this.ground = { dark: pageIsDark(), colours: readColours(this.node) };
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  /** What it shows, for an export. */
  get shown(): { scene: Scene; height: Range } | null {
    return this.scene === null ? null : { scene: this.scene, height: this.height };
  }

  update(scene: Scene): void {
    this.scene = scene;
    this.draw();
  }

  /** Let a run stand out, its point at `x` marked; `x` null: the pointer is elsewhere. */
  show(key: string | null, x: number | null): void {
    const { chart } = this;
    this.highlight = key;
    const drawn = this.scene?.drawn.find(({ curve }) => curve.key === key);
    const row = drawn === undefined || x === null ? -1 : rowAt(drawn, x);
    this.at = key === null || row < 0 ? null : { key, row };
    if (chart !== null) {
      const left = x === null ? -10 : chart.valToPos(x, 'x');
      if (Math.abs((chart.cursor.left ?? -10) - left) > 0.5) {
        this.following = true;
        chart.setCursor({ left, top: chart.height / 2 });
      }
      this.paintFront(chart);
    }
    this.tell();
    if (x === null) {
      this.tip.hide();
    }
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

  private draw(): void {
    const { scene, surface, trans } = this;
    const { size } = surface;
    if (scene === null || size === null) {
      return;
    }
    const floor = scene.log ? 0 : -Infinity;
    this.height = padded(heightOf(scene.drawn, scene.range, floor), scene.log);
    const look = `${scene.axis} ${scene.log}`;
    if (look !== this.look || this.chart === null) {
      this.look = look;
      this.clear();
      this.ground = { dark: pageIsDark(), colours: readColours(this.node) };
      this.chart = this.make(scene, size);
    } else {
      refit(this.chart, size, this.data);
    }
    setText(this.note, undrawnNote(undrawable(scene.drawn, floor), scene.log, trans));
    const { drawn, metric } = scene;
    surface.node.setAttribute(
      'aria-label',
      trans._n(
        '%2 of %1 run by %3. Arrow keys move along a curve and between curves, Enter tells what can be done from a point.',
        '%2 of %1 runs by %3. Arrow keys move along a curve and between curves, Enter tells what can be done from a point.',
        drawn.length,
        metric,
        axisName(scene.axis, trans)
      )
    );
    Object.assign(this.node.dataset, {
      curves: String(drawn.length),
      from: String(scene.range[0]),
      to: String(scene.range[1]),
      scale: scene.log ? 'log' : 'linear'
    });
    this.tell();
  }

  /** uPlot's own: two points that are not drawn. */
  private get data(): uPlot.AlignedData {
    return [[...(this.scene?.range ?? [0, 1])], [null, null]];
  }

  private make(scene: Scene, size: { width: number; height: number }): uPlot {
    const options = optionsOf(
      {
        axis: scene.axis,
        name: axisName(scene.axis, this.trans),
        log: scene.log,
        colours: this.ground.colours
      },
      size,
      {
        x: () => this.scene?.range ?? [0, 1],
        y: () => this.height,
        zoom: range => {
          this.wishes.zoom(range);
        },
        pointer: u => {
          this.onPointer(u);
        },
        paint: u => {
          this.paint(u);
        }
      }
    );
    const chart = new uPlot(options, this.data, this.surface.node);
    chart.over.prepend(...this.canvases.nodes);
    for (const moved of ['mousemove', 'mouseleave']) {
      const mine = (): void => {
        this.following = false;
      };
      chart.over.addEventListener(moved, mine, { capture: true }); // before uPlot tells
    }
    chart.over.addEventListener('mousedown', event => {
      this.pressed = { x: event.clientX, y: event.clientY };
    });
    // Not as the button comes up: uPlot is still dragging then.
    chart.over.addEventListener('click', event => {
      const { pressed, at } = this;
      this.pressed = null;
      const still =
        pressed !== null &&
        Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < LEAST_DRAG;
      if (still && at !== null) {
        this.wishes.choose(this.metric, at, event.clientX, event.clientY);
      }
    });
    return chart;
  }

  private paint(u: uPlot): void {
    if (this.scene !== null) {
      this.canvases.paint(u, this.scene, this.ground);
      this.paintFront(u);
    }
  }

  private paintFront(u: uPlot): void {
    if (this.scene !== null) {
      this.canvases.show(u, this.scene, this.highlight, this.at, this.ground);
    }
  }

  private onPointer(u: uPlot): void {
    const { scene } = this;
    if (this.following || scene === null) {
      return;
    }
    const { left = -1, top = -1 } = u.cursor;
    if (left < 0) {
      this.wishes.hover(null, null);
      return;
    }
    const x = u.posToVal(left, 'x');
    const at = closest(scene.drawn, x, top, value => u.valToPos(value, 'y'));
    this.wishes.hover(x, at);
    this.showTip(u, scene, x, at);
  }

  private showTip(u: uPlot, scene: Scene, x: number, at: At | null): void {
    const lines = scene.drawn.flatMap(one => {
      const row = rowAt(one, x);
      const { curve, y } = one;
      const look: Look = lookOf(scene.indexOf(curve.key), this.ground.dark);
      const label = scene.labels.get(curve.key) ?? curve.key;
      const ended = x > (curve.x[curve.x.length - 1] ?? -Infinity);
      return row < 0 || (ended && curve.key !== at?.key)
        ? []
        : [{ key: curve.key, label, look, value: y[row] ?? NaN, epoch: curve.epoch[row] ?? 0 }];
    });
    this.tip.show(lines, at?.key ?? null, {
      left: (u.cursor.left ?? 0) + u.bbox.left / uPlot.pxRatio,
      width: u.width,
      title: valueLine(scene.axis, x, this.trans)
    });
  }

  /** The value of the run that stands out, in the heading. */
  private tell(): void {
    const { scene, highlight, at, trans } = this;
    const drawn = scene?.drawn.find(({ curve }) => curve.key === highlight);
    if (scene === null || drawn === undefined) {
      setText(this.value, '');
      return;
    }
    const row = at?.row ?? drawn.y.length - 1;
    setText(this.value, pointWords(drawn, row, scene.labels.get(drawn.curve.key) ?? '', trans));
  }

  private onKey(event: KeyboardEvent): void {
    const { scene, chart } = this;
    if (scene === null || chart === null) {
      return;
    }
    const step = stepOf(event.key, scene.drawn, this.highlight, this.at);
    if (step === null) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (step.do === 'leave') {
      this.wishes.hover(null, null);
      return;
    }
    const { drawn, row } = step;
    const x = drawn.curve.x[row] ?? 0;
    const at = { key: drawn.curve.key, row };
    if (step.do === 'choose') {
      const { left, top } = chart.over.getBoundingClientRect();
      const y = chart.valToPos(drawn.y[row] ?? 0, 'y');
      this.wishes.choose(this.metric, at, left + chart.valToPos(x, 'x'), top + y);
    } else {
      this.wishes.hover(x, at);
      const label = scene.labels.get(at.key) ?? at.key;
      this.wishes.say(`${this.metric}: ${pointWords(drawn, row, label, this.trans)}`);
    }
  }
}
