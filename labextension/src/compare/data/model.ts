/** A comparison: its runs as they stand now, and how it is looked at. No DOM, no I/O. */
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { View } from './choices';
import { MOST_RUNS, PLAIN_VIEW } from './choices';
import type { Curve, Places } from './curves';
import { curvesOf, placesOf, RATE } from './curves';
import type { ComparedRun } from './labels';
import { labels } from './labels';
import type { Node } from './lineage';
import { treeOf } from './lineage';
import type { Metric } from './metrics';
import { firstMetric, metricsOf } from './metrics';

/** What is known of a run, and whether the process of one that runs is gone. */
export interface Known {
  run: ComparedRun;
  lost: boolean;
}

/** Where runs come from: the server's files, or a kernel. */
export interface CompareSource {
  /** Tells what becomes known of the runs, some at a time, and goes on while any is written. */
  follow(keys: readonly string[], told: (news: readonly Known[]) => void): Following;
}

export interface Following extends IDisposable {
  /** Read all epochs of runs of which only extremes were told; over when they have been told. */
  whole(): Promise<void>;
}

/** Charts until a person chooses others; the learning rate comes after them. */
const AT_FIRST = 3;

export class CompareModel implements IDisposable {
  /** Without those beyond `MOST_RUNS`. */
  readonly keys: readonly string[];
  /** How many were left out. */
  readonly beyond: number;
  private readonly known = new Map<string, Known>();
  private shown: View;
  private readonly following: Following;
  private readonly changes = new Signal<this, void>(this);
  private readonly views = new Signal<this, View>(this);
  private readonly highlights = new Signal<this, string | null>(this);
  private marked: string | null = null;
  private wanted = false;
  private cached: Derived | null = null;
  private disposed = false;

  constructor(keys: readonly string[], view: Partial<View>, source: CompareSource) {
    const all = [...new Set(keys)];
    this.keys = all.slice(0, MOST_RUNS);
    this.beyond = all.length - this.keys.length;
    this.shown = { ...PLAIN_VIEW, ...view };
    this.following = source.follow(this.keys, news => {
      this.take(news);
    });
  }

  /** More is known. */
  get changed(): ISignal<this, void> {
    return this.changes;
  }

  /** It is looked at in another way; tells how it was before. */
  get viewed(): ISignal<this, View> {
    return this.views;
  }

  /** Another run stands out, or none. */
  get highlighted(): ISignal<this, string | null> {
    return this.highlights;
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  get view(): View {
    return this.shown;
  }

  get highlight(): string | null {
    return this.marked;
  }

  set highlight(key: string | null) {
    if (key !== this.marked) {
      this.marked = key;
      this.highlights.emit(key);
    }
  }

  /** Whether all runs were read, or found not to be readable. */
  get complete(): boolean {
    return this.known.size === this.keys.length;
  }

  /** Whether of some runs only extremes are known. */
  get thinned(): boolean {
    return this.runs.some(({ thinned }) => thinned > 0);
  }

  /** Have all epochs of all runs: charts a few hundred pixels wide can do without. */
  async whole(): Promise<void> {
    this.wanted = true;
    if (this.thinned) {
      await this.following.whole();
    }
  }

  /** The runs that are known, in the order they were asked for. */
  get runs(): readonly ComparedRun[] {
    return this.derived.runs;
  }

  get labels(): ReadonlyMap<string, string> {
    return this.derived.labels;
  }

  get tree(): readonly Node[] {
    return this.derived.tree;
  }

  /** All metrics that can be charted, the learning rate among them. */
  get metrics(): readonly Metric[] {
    return this.derived.metrics;
  }

  /** Metrics that have a chart. */
  get charted(): string[] {
    const { metrics, view } = this;
    const names = [...metrics.map(({ name }) => name), RATE];
    const wanted = names.filter(name => view.metrics.includes(name));
    const first = firstMetric(metrics);
    const leading = [first, ...names.filter(name => name !== first && name !== RATE)];
    return wanted.length > 0 ? wanted : first === '' ? [] : [...leading.slice(0, AT_FIRST), RATE];
  }

  /** What best and final values in the table are of. */
  get judged(): string {
    return this.charted.find(name => name !== RATE) ?? firstMetric(this.metrics);
  }

  /** The place of a run among those asked for: its colour. */
  indexOf(key: string): number {
    return this.keys.indexOf(key);
  }

  isLost(key: string): boolean {
    return this.known.get(key)?.lost ?? false;
  }

  /** Where each run's epochs stand on the axis that is looked at. */
  get places(): Places {
    const { derived, view } = this;
    let places = derived.places.get(view.x);
    if (places === undefined) {
      derived.places.set(view.x, (places = placesOf(derived.runs, view.x)));
    }
    return places;
  }

  /** The curves of a metric on that axis. */
  curves(metric: string): readonly Curve[] {
    const { derived, view } = this;
    const name = `${view.x}/${metric}`;
    let curves = derived.curves.get(name);
    if (curves === undefined) {
      derived.curves.set(name, (curves = curvesOf(derived.runs, metric, this.places)));
    }
    return curves;
  }

  /** Look at it in another way. */
  choose(change: Partial<View>): void {
    const before = this.shown;
    this.shown = { ...before, ...change };
    this.views.emit(before);
    this.completeIfWanted();
  }

  /** Switch a run off, or on again. */
  toggle(key: string): void {
    const { hidden } = this.shown;
    this.choose({
      hidden: hidden.includes(key) ? hidden.filter(one => one !== key) : [...hidden, key]
    });
  }

  dispose(): void {
    if (this.disposed) {
      return;
    }
    this.disposed = true;
    this.following.dispose();
    Signal.clearData(this);
  }

  private take(news: readonly Known[]): void {
    for (const one of news) {
      this.known.set(one.run.key, one);
    }
    this.cached = null;
    this.changes.emit();
    this.completeIfWanted();
  }

  /** An average, and the best so far, are of all values. */
  private completeIfWanted(): void {
    const { smoothing, best } = this.shown;
    if (this.wanted || smoothing > 0 || best) {
      void this.whole();
    }
  }

  private get derived(): Derived {
    return (this.cached ??= derive(this.keys.flatMap(key => this.known.get(key)?.run ?? [])));
  }
}

/** What is computed from the runs, once for each state of them. */
interface Derived {
  runs: readonly ComparedRun[];
  labels: ReadonlyMap<string, string>;
  tree: readonly Node[];
  metrics: readonly Metric[];
  places: Map<string, Places>;
  curves: Map<string, readonly Curve[]>;
}

function derive(runs: readonly ComparedRun[]): Derived {
  return {
    runs,
    labels: labels(runs),
    tree: treeOf(runs),
    metrics: metricsOf(runs),
    places: new Map(),
    curves: new Map()
  };
}
