/** A run's panel as a tab of its own. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import { TimedState } from '../runs/clock';
import type { RememberedChoices } from '../charts/remembered';
import { RunView } from '../panel/view';
import { FolderModel } from '../runs/folder';
import type { IRuns } from '../runs/tokens';

export class RunTab extends Widget {
  readonly name: string;
  private readonly model: FolderModel;
  private readonly view: RunView;

  /** `folder` is the run folder's path for the Contents API. */
  constructor(
    readonly folder: string,
    runs: IRuns,
    remembered: RememberedChoices,
    trans: TranslationBundle
  ) {
    super();
    this.name = folder.slice(folder.lastIndexOf('/') + 1);
    this.addClass('kr-Tab');
    this.model = new FolderModel(folder, this.name, {
      source: runs.files,
      kernels: runs.kernels,
      newState: () => new TimedState()
    });
    this.view = new RunView(this.model, remembered, trans);
    this.node.tabIndex = -1;
    this.node.append(this.view.node);
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.view.dispose();
      this.model.dispose();
      super.dispose();
    }
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this.node.focus();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.model.visible = true;
  }

  protected override onBeforeHide(message: Message): void {
    this.model.visible = false;
    super.onBeforeHide(message);
  }
}
