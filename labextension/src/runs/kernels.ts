/** What the page sees of kernels: which one a notebook uses, and when it saw one restart. */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

const STORED = 'kresume_nb:restarts';

/**
 * Jupyter keeps a kernel's id when it restarts it, so a restart must have been seen. The sightings
 * are kept for the tab's session: reloading the page must not forget them.
 */
export class KernelWatch implements IDisposable {
  private readonly restarts: Map<string, number>;
  private readonly signal = new Signal<this, string>(this);
  private readonly panels = new Map<NotebookPanel, IDisposable>();
  private disposed = false;

  constructor(
    private readonly tracker: INotebookTracker | null,
    private readonly now: () => number,
    private readonly storage: Pick<Storage, 'getItem' | 'setItem'>
  ) {
    this.restarts = new Map(stored(storage));
    tracker?.forEach(panel => {
      this.watch(panel);
    });
    tracker?.widgetAdded.connect(this.onAdded, this);
  }

  /** Emits a kernel's id when it is seen to restart. */
  get restarted(): ISignal<this, string> {
    return this.signal;
  }

  /** When the kernel was last seen to restart, in the server's clock (seconds). */
  restartOf(kernel: string | null): number | null {
    return kernel === null ? null : (this.restarts.get(kernel) ?? null);
  }

  /** The kernel of an open notebook. */
  kernelOf(path: string): string | null {
    const panel = this.tracker?.find(candidate => candidate.context.path === path);
    return panel?.sessionContext.session?.kernel?.id ?? null;
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    if (this.disposed) {
      return;
    }
    this.disposed = true;
    for (const watched of this.panels.values()) {
      watched.dispose();
    }
    Signal.clearData(this);
  }

  private onAdded(_: INotebookTracker, panel: NotebookPanel): void {
    this.watch(panel);
  }

  private watch(panel: NotebookPanel): void {
    const context = panel.sessionContext;
    const onStatus = (_: ISessionContext, status: Kernel.Status): void => {
      const id = context.session?.kernel?.id;
      if (id !== undefined && (status === 'restarting' || status === 'autorestarting')) {
        this.restarts.set(id, this.now());
        this.storage.setItem(STORED, JSON.stringify([...this.restarts].slice(-50)));
        this.signal.emit(id);
      }
    };
    const stop = (): void => {
      context.statusChanged.disconnect(onStatus);
      panel.disposed.disconnect(stop);
      this.panels.delete(panel);
    };
    context.statusChanged.connect(onStatus);
    panel.disposed.connect(stop);
    this.panels.set(panel, { isDisposed: false, dispose: stop });
  }
}

function stored(storage: Pick<Storage, 'getItem'>): [string, number][] {
  try {
    const entries: unknown = JSON.parse(storage.getItem(STORED) ?? '[]');
    return Array.isArray(entries) ? entries.filter(isSighting) : [];
  } catch {
    return []; // Another page's data, or damaged: the heartbeat tells the same a few seconds later.
  }
}

function isSighting(entry: unknown): entry is [string, number] {
  return Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'number';
}
