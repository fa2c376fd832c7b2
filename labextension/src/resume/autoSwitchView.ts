/** The switch "resume by itself" of one run: a plain DOM view. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';

import type { IAutoResume } from './autoTokens';

export class AutoSwitchView implements IDisposable {
  readonly node = document.createElement('button');
  private folder: string | null = null;
  private on = false;
  private disposed = false;

  constructor(
    private readonly switches: IAutoResume,
    private readonly trans: TranslationBundle
  ) {
    const knob = document.createElement('span');
    knob.className = 'kr-Auto-knob';
    knob.setAttribute('aria-hidden', 'true');
    const label = document.createElement('span');
    label.textContent = trans.__('Resume by itself');
    this.node.type = 'button';
    this.node.className = 'kr-Auto';
    this.node.setAttribute('role', 'switch');
    this.node.append(knob, label);
    this.node.addEventListener('click', () => void this.turn());
    switches.changed.connect(this.onChanged, this);
    this.show(null);
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    if (!this.disposed) {
      this.disposed = true;
      this.switches.changed.disconnect(this.onChanged, this);
      this.node.remove();
    }
  }

  /** Show the switch of this run; of none, nothing. */
  show(folder: string | null): void {
    if (folder !== this.folder || folder === null) {
      this.folder = folder;
      this.node.hidden = true;
      void this.refresh();
    }
  }

  private onChanged(_: IAutoResume, folder: string): void {
    if (folder === this.folder) {
      void this.refresh();
    }
  }

  private async refresh(): Promise<void> {
    const { folder } = this;
    if (folder === null) {
      return;
    }
    try {
      const { on, unattended } = await this.switches.read(folder);
      if (folder === this.folder) {
        this.on = on;
        this.node.hidden = false;
        this.node.setAttribute('aria-checked', String(on));
        this.node.title = unattended
          ? this.trans.__('When the kernel dies, the set-up cells run again and training goes on')
          : this.trans.__(
              'When the kernel dies while this notebook is open, the set-up cells run again and training goes on'
            );
      }
    } catch {
      this.node.hidden = true; // The server is away, or the run is gone.
    }
  }

  private async turn(): Promise<void> {
    const { folder } = this;
    if (folder === null) {
      return;
    }
    this.node.disabled = true;
    try {
      await this.switches.set(folder, !this.on);
    } catch (error) {
      this.node.title = error instanceof Error ? error.message : String(error);
    } finally {
      this.node.disabled = false;
    }
  }
}
