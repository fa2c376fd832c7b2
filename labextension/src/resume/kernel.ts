/** A notebook's kernel, waited for; and whether it is gone, which a page does not always hear of. */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel } from '@jupyterlab/services';
import { KernelAPI } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';

import { Silence } from './kernelHealth';

/** How often the server is asked how the kernel stands. */
const ASK_MS = 3000;

function ask(kernel: Kernel.IKernelConnection): Promise<Kernel.IModel | undefined> {
  return KernelAPI.getKernelModel(kernel.id, kernel.serverSettings);
}

/** Have a kernel: the one that is there, or a new one if there is none any more. */
export async function haveKernel(context: ISessionContext): Promise<void> {
  await context.ready;
  const kernel = context.session?.kernel;
  if (kernel && (await ask(kernel)) !== undefined) {
    if (kernel.status === 'dead') {
      await context.restartKernel();
    }
    return;
  }
  if (context.session) {
    await context.shutdown(); // What is left of the session: its kernel cannot be changed.
  }
  await context.startKernel();
}

/**
 * Waits with a page for its kernel to do what it should: `'busy'` with a cell, or to become `'idle'`.
 *
 * Calls `onGone` once if the kernel is dead, or the server has it no more, or says for long that it
 * does something else: a page loses its connection when a kernel dies, and may be told nothing after
 * that.
 */
export function watchKernel(
  context: ISessionContext,
  wanted: 'busy' | 'idle',
  onGone: () => void
): IDisposable {
  const kernel = context.session?.kernel;
  const silence = new Silence(wanted);
  const gone = (): void => {
    if (!watch.isDisposed) {
      end();
      onGone();
    }
  };
  const onStatus = (_: ISessionContext, status: Kernel.Status): void => {
    if (status === 'dead') {
      gone();
    }
  };
  const look = async (): Promise<void> => {
    if (!kernel) {
      return;
    }
    let model: Kernel.IModel | undefined;
    try {
      model = await ask(kernel);
    } catch {
      return; // The server is away: nothing is known.
    }
    if (watch.isDisposed) {
      return;
    }
    const verdict = silence.heard(model?.execution_state ?? null);
    if (verdict === 'gone') {
      gone();
    } else if (verdict === 'ask') {
      void kernel.requestKernelInfo().catch(() => undefined); // It died: the next look tells.
    } else if (verdict === 'reconnect') {
      await kernel.reconnect().catch(() => undefined); // The next look tells.
    }
  };
  const timer = setInterval(() => void look(), ASK_MS);
  const end = (): void => {
    watch.isDisposed = true;
    clearInterval(timer);
    context.statusChanged.disconnect(onStatus);
  };
  const watch = { isDisposed: false, dispose: end };
  context.statusChanged.connect(onStatus);
  return watch;
}
