/** A comparison on the page: renders its model, does no I/O. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';

import { keepKeys } from '../ui/keys';
import { onThemeChange, pageIsDark } from '../ui/theme';
import { element, setText } from '../ui/elements';
import type { PointActions } from './data/pointActions';
import type { ChangesSource } from './data/changes';
import { CompareCharts } from './charts/charts';
import { Checkpoints } from './weights/checkpoints';
import { RATE } from './data/curves';
import { MarkKey } from './charts/key';
import type { At } from './data/geometry';
import { Differences } from './sections/differences';
import { csvOf, pictureOf, pngOf, save, svgText } from './charts/export';
import { RunLegend } from './charts/legend';
import { RunTable } from './sections/runTable';
import { LineageTree } from './sections/tree';
import type { View } from './data/choices';
import type { CompareModel } from './data/model';
import type { Asked } from './data/link';
import { PointMenu } from '../ui/menu';
import { offeredAt } from './sections/pointMenu';
import { lookOf } from './charts/palette';
import { CompareToolbar } from './sections/toolbar';
import { axisName, emptyNote, leftOut } from './data/messages';

/** What a front end lends a comparison; it does without what is not there. */
export interface CompareServices {
  changes: ChangesSource;
  actions: PointActions;
  /** The address that opens it again. */
  link?: (asked: Asked) => string;
  /** Open it in a place of its own. */
  open?: (asked: Asked) => void;
}

export class CompareView implements IDisposable {
  readonly node = element('div', 'kr-Panel kr-Compare');
  private readonly title = element('h2', 'kr-Compare-title');
  private readonly actions = element('div', 'kr-Compare-actions');
  private readonly notes = element('ul', 'kr-Panel-notes');
  private readonly empty = element('div', 'kr-Panel-empty');
  private readonly said = element('div', 'kr-Compare-said');
  private readonly toolbar: CompareToolbar;
  private readonly legend: RunLegend;
  private readonly charts: CompareCharts;
  private readonly key: MarkKey;
  private readonly rows: RunTable;
  private readonly differences: Differences;
  private readonly tree: LineageTree;
  private readonly checkpoints: Checkpoints;
  private readonly menu = new PointMenu();
  private readonly told = element('span', 'kr-Compare-told');
  private readonly theme: IDisposable;
  private disposed = false;

  constructor(
    private readonly model: CompareModel,
    private readonly services: CompareServices,
    private readonly trans: TranslationBundle
  ) {
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Comparison of training runs'));
    this.said.setAttribute('role', 'status');
    this.toolbar = new CompareToolbar(
      change => {
        model.choose(change);
      },
      () => {
        this.charts.unzoom();
      },
      trans
    );
    this.legend = new RunLegend(
      {
        toggle: key => {
          model.toggle(key);
        },
        highlight: key => {
          model.highlight = key;
        },
        hide: hidden => {
          model.choose({ hidden: [...hidden] });
        }
      },
      trans
    );
    this.charts = new CompareCharts(
      model,
      {
        choose: (metric, at, left, top) => {
          this.offer(metric, at, left, top);
        },
        say: words => {
          setText(this.said, words);
        },
        zoomed: () => {
          this.renderToolbar();
        },
        drawn: () => {
          this.key.update(this.charts.marks);
        }
      },
      trans
    );
    this.key = new MarkKey(trans);
    this.rows = new RunTable(model, trans);
    this.differences = new Differences(model, trans);
    this.tree = new LineageTree(model, trans);
    this.checkpoints = new Checkpoints(model, services.changes, services.actions, trans);
    this.theme = onThemeChange(() => {
      this.renderLegend();
      this.rows.update();
      this.tree.update();
    });
    const head = element('div', 'kr-Compare-head');
    this.told.setAttribute('role', 'status');
    head.append(this.title, this.told, this.actions);
    this.fillActions();
    this.node.append(
      head,
      this.notes,
      this.toolbar.node,
      this.toolbar.chooser.node,
      this.legend.node,
      this.empty,
      this.charts.node,
      this.key.node,
      this.rows.section.node,
      this.tree.section.node,
      this.differences.section.node,
      this.checkpoints.section.node,
      this.said,
      this.menu.node
    );
    model.changed.connect(this.render, this);
    model.viewed.connect(this.onViewed, this);
    model.highlighted.connect(this.onHighlighted, this);
    this.render();
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    if (this.disposed) {
      return;
    }
    this.disposed = true;
    this.model.changed.disconnect(this.render, this);
    this.model.viewed.disconnect(this.onViewed, this);
    this.model.highlighted.disconnect(this.onHighlighted, this);
    this.theme.dispose();
    this.tree.dispose();
    this.charts.dispose();
    this.node.remove();
  }

  private get asked(): Asked {
    return { runs: [...this.model.keys], view: this.model.view };
  }

  /** What can be done from a point of a curve. */
  private offer(metric: string, at: At, left: number, top: number): void {
    const { model, services, trans } = this;
    const tell = (words: string): void => {
      setText(this.told, words);
    };
    const offered = offeredAt(model, services.actions, metric, at, tell, trans);
    if (offered !== null) {
      this.menu.open(offered.words, offered.items, left, top);
    }
  }

  private fillActions(): void {
    const { services, trans } = this;
    const { link, open } = services;
    const add = (name: string, label: string, title: string, action: () => unknown): void => {
      const button = element('button', 'kr-Compare-button');
      button.type = 'button';
      button.dataset.action = name;
      button.textContent = label;
      button.title = title;
      button.addEventListener('click', () => {
        void Promise.resolve()
          .then(action)
          .catch((error: unknown) => {
            const why = error instanceof Error ? error.message : String(error);
            setText(this.told, trans.__('That failed: %1', why));
          });
      });
      keepKeys(button);
      this.actions.append(button);
    };
    if (open !== undefined) {
      add('open', trans.__('Open in a tab'), trans.__('Open this comparison in a tab'), () => {
        open(this.asked);
      });
    }
    if (link !== undefined) {
      add(
        'link',
        trans.__('Copy link'),
        trans.__('An address that opens this view again'),
        async () => {
          const address = link(this.asked);
          this.node.dataset.link = address;
          await navigator.clipboard.writeText(address);
          setText(this.told, trans.__('The link was copied'));
        }
      );
    }
    const picture = (): SVGSVGElement =>
      pictureOf(this.charts.shown, axisName(this.model.view.x, trans));
    add('png', 'PNG', trans.__('Save the charts as a picture'), async () => {
      save(await pngOf(picture()), 'comparison.png');
    });
    add('svg', 'SVG', trans.__('Save the charts as a drawing'), () => {
      save(new Blob([svgText(picture())], { type: 'image/svg+xml' }), 'comparison.svg');
    });
    add('csv', 'CSV', trans.__('Save the values of the charts as a table'), async () => {
      await this.model.whole();
      save(new Blob([csvOf(this.model)], { type: 'text/csv' }), 'comparison.csv');
    });
  }

  private onViewed(_: CompareModel, before: View): void {
    this.renderLegend();
    const { view } = this.model;
    const drawn: (keyof View)[] = ['x', 'metrics', 'smoothing', 'log', 'best', 'hidden'];
    if (drawn.some(name => view[name] !== before[name])) {
      this.charts.update(before.x !== view.x);
      this.renderToolbar();
    }
    const { sort, descending, metrics } = before;
    if (sort !== view.sort || descending !== view.descending || metrics !== view.metrics) {
      this.rows.update();
    }
    if (before.checkpoints !== view.checkpoints) {
      this.checkpoints.update();
    }
    if (before.differing !== view.differing) {
      this.differences.update();
    }
  }

  private onHighlighted(_: CompareModel, key: string | null): void {
    this.legend.highlight(key);
    this.charts.highlight(key);
  }

  private render(): void {
    const { model, trans } = this;
    const readable = model.runs.filter(({ summary }) => summary !== null).length;
    setText(this.title, trans._n('%1 run compared', '%1 runs compared', readable));
    const notes = leftOut(model, trans);
    this.notes.replaceChildren(
      ...notes.map(line => {
        const item = element('li', 'kr-Panel-note');
        item.textContent = line;
        return item;
      })
    );
    setText(this.empty, emptyNote(model, trans));
    this.renderLegend();
    this.charts.update();
    this.renderToolbar();
    this.rows.update();
    this.tree.update();
    this.differences.update();
    this.checkpoints.update();
    Object.assign(this.node.dataset, {
      runs: String(readable),
      known: String(model.runs.length),
      complete: String(model.complete)
    });
  }

  private renderLegend(): void {
    const { model } = this;
    const { hidden } = model.view;
    const dark = pageIsDark();
    this.legend.update(
      model.runs
        .filter(({ summary }) => summary !== null)
        .map(({ key }) => ({
          key,
          label: model.labels.get(key) ?? key,
          look: lookOf(model.indexOf(key), dark),
          hidden: hidden.includes(key)
        }))
    );
  }

  private renderToolbar(): void {
    const { model } = this;
    const metrics = [...model.metrics.map(({ name }) => name), RATE];
    this.toolbar.node.hidden = model.charted.length === 0;
    this.legend.node.hidden = model.charted.length === 0;
    this.toolbar.update(model.view, metrics, model.charted, this.charts.isZoomed);
  }
}
