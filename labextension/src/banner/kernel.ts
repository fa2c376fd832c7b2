/** A notebook's kernel, waited for; and whether it is gone, which a page does not always hear of. */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel } from '@jupyterlab/services';
import { KernelAPI } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';

/** How often a server is asked that does not answer on the kernel's own connection. */
const ASK_MS = 3000;

/** Whether the server still has the kernel; one that died too often it takes off its list. */
export async function isThere(kernel: Kernel.IKernelConnection): Promise<boolean> {
  return (await KernelAPI.getKernelModel(kernel.id, kernel.serverSettings)) !== undefined;
}

/** Have a kernel: the one that is there, or a new one if there is none any more. */
export async function haveKernel(context: ISessionContext): Promise<void> {
  await context.ready;
  const kernel = context.session?.kernel;
  if (kernel && (await isThere(kernel))) {
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
 * Calls `onGone` once if the kernel is dead, or the server has it no more. When a kernel dies the
 * page loses its connection, and may be told nothing after that.
 */
export function watchKernel(context: ISessionContext, onGone: () => void): IDisposable {
  const kernel = context.session?.kernel;
  const onStatus = (_: ISessionContext, status: Kernel.Status): void => {
    if (status === 'dead') {
      end();
      onGone();
    }
  };
  const ask = async (): Promise<void> => {
    if (!kernel || kernel.connectionStatus === 'connected') {
      return;
    }
    const there = await isThere(kernel).catch(() => true); // The server is away: not known.
    if (!there && !watch.isDisposed) {
      end();
      onGone();
    }
  };
  const timer = setInterval(() => void ask(), ASK_MS);
  const end = (): void => {
    watch.isDisposed = true;
    clearInterval(timer);
    context.statusChanged.disconnect(onStatus);
  };
  const watch = { isDisposed: false, dispose: end };
  context.statusChanged.connect(onStatus);
  return watch;
}
