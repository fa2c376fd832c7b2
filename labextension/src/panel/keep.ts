/** Keeps a run's output in the notebook file, so that a reloaded page finds it again. */
import type { INotebookTracker } from '@jupyterlab/notebook';

/**
 * Saves the notebook at `path` if it has changes. Called when a run first shows in an output, when
 * its widget goes and when its first picture comes: until the next autosave the file would not know
 * of it, and with a busy kernel a reload loses whatever the file does not hold. A notebook that was
 * just opened has no changes, and is not saved; nor is one that several people share: there the server
 * saves, and asks whoever else does which version to keep.
 */
export async function keepOutput(tracker: INotebookTracker | null, path: string): Promise<void> {
  const context = tracker?.find(panel => panel.context.path === path)?.context;
  if (!context?.isReady) {
    return;
  }
  await Promise.resolve(); // the output is being added right now
  const { dirty, readOnly, collaborative } = context.model;
  if (dirty && !readOnly && collaborative !== true) {
    await context.save();
  }
}
