/** Shows a run where a notebook's output names it. */
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import type { IAutoResume } from '../resume/autoTokens';
import { AutoSwitchView } from '../resume/autoSwitchView';
import type { Bundle } from '../protocol';
import { MIME, SCHEMA } from '../protocol';
import { TimedState } from '../runs/clock';
import { addressOf } from '../runs/address';
import { decodeBundle } from '../runs/codec';
import { FolderModel } from '../runs/folder';
import { resolveFolder } from '../runs/location';
import type { IRuns } from '../runs/tokens';
import { CorruptRecordError } from '../runs/values';
import type { RememberedChoices } from '../charts/remembered';
import { RunView } from './view';
import { problemNote } from './messages';

const WIDGET_VIEW = 'application/vnd.jupyter.widget-view+json';

export class RunRenderer extends Widget implements IRenderMime.IRenderer {
  private model: FolderModel | null = null;
  private view: RunView | null = null;
  private auto: AutoSwitchView | null = null;
  private observer: IntersectionObserver | null = null;
  /** The forms in which the output shows the run, as last seen. */
  private forms = '';
  /** Id of the widget that the kernel keeps for pages without this extension. */
  private widget: string | null = null;

  /**
   * `documentPath` tells where the notebook is now: run folders are named relative to it.
   * `onForms` is called with it when the output came to show the run in other forms than before.
   * `remembered` knows how the charts of each run were last looked at; `switches`, which runs
   * resume by themselves.
   */
  constructor(
    private readonly runs: IRuns,
    private readonly documentPath: () => string | null,
    private readonly onForms: (path: string) => void,
    private readonly remembered: RememberedChoices,
    private readonly trans: TranslationBundle,
    private readonly switches: IAutoResume | null
  ) {
    super();
    this.addClass('kr-Output');
    for (const type of ['pointerenter', 'focusin', 'pointerleave', 'focusout']) {
      this.node.addEventListener(type, () => {
        this.watchAttention();
      });
    }
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this.clear();
    super.dispose();
  }

  renderModel(mime: IRenderMime.IMimeModel): Promise<void> {
    let bundle: Bundle;
    try {
      bundle = decodeBundle(mime.data[MIME]);
    } catch (error) {
      if (!(error instanceof CorruptRecordError)) {
        throw error;
      }
      return this.say(this.trans.__('This output does not name a run: %1', error.message));
    }
    if (bundle.schema > SCHEMA) {
      return this.say(
        problemNote({ kind: 'newer', schema: bundle.schema }, bundle.folder, this.trans),
        bundle.run
      );
    }
    const path = this.documentPath();
    const folder = path === null ? null : resolveFolder(path, bundle.folder);
    if (path === null || folder === null) {
      return this.say(
        this.trans.__('The run folder “%1” is not one that this page can read.', bundle.folder),
        bundle.run
      );
    }
    if (this.model?.folder !== folder || this.model.name !== bundle.run) {
      this.clear();
      this.model = new FolderModel(folder, bundle.run, {
        source: this.runs.files,
        kernels: this.runs.kernels,
        newState: () => new TimedState()
      });
      this.view = new RunView(this.model, this.remembered, this.trans);
      this.node.replaceChildren(this.view.node);
      this.addSwitch(this.model, this.view);
      this.watchVisibility(this.model);
      this.model.changed.connect(this.sayIfSeen, this);
    }
    this.widget = widgetOf(mime.data[WIDGET_VIEW]);
    this.sayIfSeen();
    const forms = Object.keys(mime.data).sort().join();
    if (forms !== this.forms) {
      this.forms = forms;
      this.onForms(path);
    }
    return Promise.resolve();
  }

  /**
   * Let a training know that its widget is not needed: the notebook would keep the widget's view,
   * which other pages prefer to the picture, and which shows nothing once the kernel is dead.
   */
  private sayIfSeen(): void {
    const { model, widget } = this;
    if (model?.status === 'running' && widget !== null) {
      this.widget = null;
      void this.leave(model.folder, widget).catch(() => undefined); // The widget stays, unseen.
    }
  }

  /**
   * Nobody clicked, and the folder may come from anyone: the page writes nothing into it. The server
   * does, if a kernel of its own trains that run; without our extension nobody does.
   */
  private async leave(folder: string, widget: string): Promise<void> {
    const address = await addressOf(folder, this.runs.files, this.runs.server);
    if (address !== null) {
      await this.runs.server.post('seen', { folder: address, widget });
    }
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (this.model !== null) {
      this.watchVisibility(this.model);
    }
  }

  protected override onBeforeDetach(message: Message): void {
    this.observer?.disconnect();
    if (this.model !== null) {
      this.model.visible = false;
    }
    super.onBeforeDetach(message);
  }

  /** Beside the controls, as long as there is training left to resume. */
  private addSwitch(model: FolderModel, view: RunView): void {
    if (this.switches === null) {
      return;
    }
    const auto = new AutoSwitchView(this.switches, this.trans);
    this.auto = auto;
    view.actions.append(auto.node);
    model.changed.connect(() => {
      const over = model.status === 'finished' || model.status === 'missing';
      auto.show(model.header === null || over ? null : model.folder);
    });
  }

  private watchAttention(): void {
    if (this.model !== null) {
      this.model.attended = this.node.matches(':hover, :focus-within');
    }
  }

  private watchVisibility(model: FolderModel): void {
    this.observer?.disconnect();
    this.observer = new IntersectionObserver(entries => {
      model.visible = entries.some(entry => entry.isIntersecting);
    });
    this.observer.observe(this.node);
  }

  /** A sentence in the place of a run. */
  private say(sentence: string, run = ''): Promise<void> {
    this.clear();
    const node = document.createElement('div');
    node.className = 'kr-Panel';
    Object.assign(node.dataset, { run, status: 'missing', epochs: '0', steps: '0', step: '0' });
    const problem = document.createElement('div');
    problem.className = 'kr-Panel-problem';
    problem.setAttribute('role', 'alert');
    problem.textContent = sentence;
    node.append(problem);
    this.node.replaceChildren(node);
    return Promise.resolve();
  }

  private clear(): void {
    this.observer?.disconnect();
    this.observer = null;
    this.view?.dispose();
    this.view = null;
    this.auto?.dispose();
    this.auto = null;
    this.model?.dispose();
    this.model = null;
  }
}

function widgetOf(data: unknown): string | null {
  const id = (data as { model_id?: unknown } | undefined)?.model_id;
  return typeof id === 'string' && /^[0-9a-f-]{1,64}$/i.test(id) ? id : null;
}
