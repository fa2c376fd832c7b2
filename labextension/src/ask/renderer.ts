/** Shows the question of a waiting kernel in a cell's output; once it is answered, the run. */
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Panel, Widget } from '@lumino/widgets';

import type { Bundle } from '../protocol';
import { ASK_MIME, MIME, SCHEMA } from '../protocol';
import { resolveFolder } from '../runs/location';
import type { IRuns } from '../runs/tokens';
import { CorruptRecordError } from '../runs/values';
import { decodeAsk } from './decode';
import { AskModel } from './model';
import { outcome } from './outcome';
import { AskView } from './view';

/** How long the kernel may take to put the run in the question's place. */
const GRACE_MS = 1500;

/** What the renderer needs of the page. */
export interface AskOptions {
  runs: IRuns;
  documentPath: () => string | null;
  /** Seconds that a person set, or null to be waited for; else the kernel's hold. */
  countdown: () => number | 'kernel' | null;
  /** Called with the notebook's path when a question is shown: it must outlive a reload. */
  onShown: (path: string) => void;
  /** Makes a renderer of runs. */
  newRun: () => IRenderMime.IRenderer | null;
  trans: TranslationBundle;
}

export class AskRenderer extends Panel implements IRenderMime.IRenderer {
  private model: AskModel | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: AskOptions) {
    super();
    this.addClass('kr-Output');
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.clear();
      super.dispose();
    }
  }

  async renderModel(mime: IRenderMime.IMimeModel): Promise<void> {
    this.clear();
    let ask;
    try {
      ask = decodeAsk(mime.data[ASK_MIME]);
    } catch (error) {
      if (!(error instanceof CorruptRecordError)) {
        throw error;
      }
      return;
    }
    const path = this.options.documentPath();
    const folder = path === null ? null : resolveFolder(path, ask.folder);
    if (path === null || folder === null || ask.schema > SCHEMA) {
      return; // The kernel, which hears of nobody, goes on by itself.
    }
    const { runs, countdown, trans } = this.options;
    const set = countdown();
    const seconds = set === 'kernel' ? ask.seconds : (set ?? Infinity);
    const model = new AskModel({ ...ask, seconds }, folder, runs.files);
    this.model = model;
    let seen = false;
    model.changed.connect(() => {
      if (model.state === 'open' && !seen) {
        seen = true;
        const view = new AskView(model, trans);
        const widget = new Widget({ node: view.node });
        widget.disposed.connect(() => {
          view.dispose();
        });
        this.addWidget(widget);
        this.options.onShown(path);
      } else if (model.state === 'closed') {
        const show = (): void => {
          void outcome(ask, folder, runs.files)
            .then(bundle => this.showRun(bundle))
            .catch(() => undefined); // The server is away, and says so elsewhere.
        };
        this.timer = setTimeout(show, seen ? GRACE_MS : 0);
      }
    });
    await model.start();
  }

  /** The run in the question's place. */
  private async showRun(bundle: Bundle): Promise<void> {
    if (this.isDisposed) {
      return;
    }
    const renderer = this.options.newRun();
    if (renderer === null) {
      return;
    }
    this.clear();
    this.addWidget(renderer);
    const data: Record<string, Bundle> = { [MIME]: bundle };
    await renderer.renderModel({
      data: data as unknown as IRenderMime.IMimeModel['data'],
      metadata: {},
      trusted: false,
      setData: () => undefined
    });
  }

  private clear(): void {
    clearTimeout(this.timer);
    this.model?.dispose();
    this.model = null;
    for (const widget of [...this.widgets]) {
      widget.dispose();
    }
  }
}
