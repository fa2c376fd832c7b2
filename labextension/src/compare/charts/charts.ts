/** The charts of a comparison, which are hovered, zoomed and highlighted together. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';

import type { Range } from '../../charts/axis';
import { within } from '../../charts/choices';
import { Frames } from '../../charts/frames';
import { element } from '../../ui/elements';
import type { Scene, Wishes } from './chart';
import { CompareChart } from './chart';
import { drawnOf, extentOf } from '../data/geometry';
import type { Mark } from '../data/marks';
import { marksOf } from '../data/marks';
import type { CompareModel } from '../data/model';

export class CompareCharts implements IDisposable {
  readonly node = element('div', 'kr-CompareCharts');
  private charts: CompareChart[] = [];
  private readonly frames: Frames<CompareChart>;
  private zoom: Range | null = null;
  private extent: Range = [0, 1];
  private pointer: number | null = null;
  private disposed = false;

  constructor(
    private readonly model: CompareModel,
    private readonly wishes: Pick<Wishes, 'choose' | 'say'> & {
      zoomed: () => void;
      /** All charts show what they should. */
      drawn: () => void;
    },
    private readonly trans: TranslationBundle
  ) {
    this.frames = new Frames(
      chart => {
        chart.update(this.sceneOf(chart.metric));
      },
      () => {
        wishes.drawn();
      }
    );
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  /** Whether a part is shown. */
  get isZoomed(): boolean {
    return within(this.zoom, this.extent) !== null;
  }

  /** Kinds of marks that there are. */
  get marks(): ReadonlySet<Mark['kind']> {
    return new Set(this.shown.flatMap(({ scene }) => scene.marks.map(({ kind }) => kind)));
  }

  /** What is shown, for an export. */
  get shown(): { scene: Scene; height: Range }[] {
    return this.charts.flatMap(chart => chart.shown ?? []);
  }

  /** Show the runs as they stand, as they are looked at; `axis`: the x axis is another one now. */
  update(axis = false): void {
    const { model } = this;
    if (axis) {
      this.zoom = null;
    }
    const wanted = model.charted;
    if (wanted.join('\0') !== this.charts.map(({ metric }) => metric).join('\0')) {
      const before = new Map(this.charts.map(chart => [chart.metric, chart]));
      this.charts = wanted.map(metric => {
        const kept = before.get(metric);
        before.delete(metric);
        return kept ?? new CompareChart(metric, this.chartWishes, this.trans);
      });
      for (const chart of before.values()) {
        chart.dispose();
      }
      this.node.replaceChildren(...this.charts.map(({ node }) => node));
    }
    const hidden = new Set(model.view.hidden);
    this.extent = extentOf(
      wanted.flatMap(metric => model.curves(metric).filter(({ key }) => !hidden.has(key)))
    );
    this.frames.redraw(this.charts);
  }

  unzoom(): void {
    this.zoomTo(null);
  }

  /** Let a run stand out in all charts. */
  highlight(key: string | null): void {
    for (const chart of this.charts) {
      chart.show(key, this.pointer);
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
  }

  private readonly chartWishes: Wishes = {
    zoom: range => {
      this.zoomTo(range);
    },
    hover: (x, at) => {
      this.pointer = x;
      const { model } = this;
      const key = at?.key ?? null;
      if (model.highlight === key) {
        this.highlight(key);
      } else {
        model.highlight = key;
      }
    },
    choose: (metric, at, left, top) => {
      this.wishes.choose(metric, at, left, top);
    },
    say: words => {
      void this.model.whole(); // By keys one moves from epoch to epoch.
      this.wishes.say(words);
    }
  };

  private zoomTo(range: Range | null): void {
    this.zoom = within(range, this.extent);
    if (this.zoom !== null) {
      void this.model.whole();
    }
    this.frames.redraw(this.charts);
    this.wishes.zoomed();
  }

  private sceneOf(metric: string): Scene {
    const { model } = this;
    const { view, labels } = model;
    const hidden = new Set(view.hidden);
    const curves = model.curves(metric).filter(({ key }) => !hidden.has(key));
    const drawnKeys = new Set(curves.map(({ key }) => key));
    const forks = new Set(
      model.tree
        .filter(({ parent }) => parent !== null && drawnKeys.has(parent))
        .map(({ key }) => key)
    );
    const rate = metric === 'learning_rate';
    return {
      metric,
      axis: view.x,
      range: within(this.zoom, this.extent) ?? this.extent,
      log: view.log,
      drawn: drawnOf(curves, {
        smoothing: rate ? 0 : view.smoothing,
        best: view.best && !rate,
        forks
      }),
      marks: marksOf(metric, curves, model.runs, model.tree, model.places),
      labels,
      indexOf: key => model.indexOf(key)
    };
  }
}
