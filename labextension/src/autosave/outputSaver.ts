/** Saves notebooks whose outputs must not be lost, and nothing that the server saves itself. */
import type { IOutputSaver } from './tokens';

/** What is needed of an open notebook (`DocumentRegistry.IContext`). */
export interface Saved {
  readonly path: string;
  readonly isReady: boolean;
  readonly model: { dirty: boolean; readOnly: boolean; readonly collaborative?: boolean };
  save(): Promise<void>;
}

export class OutputSaver implements IOutputSaver {
  private readonly queued = new WeakSet<Saved>();
  private readonly saves = new WeakMap<Saved, Promise<void>>();

  /** `find`: the open notebook at a path. */
  constructor(private readonly find: (path: string) => Saved | undefined) {}

  /**
   * From now on the saves of a notebook come one after another, whoever asks for them: a person, the
   * autosave, or `keep`. Of two at once JupyterLab takes one for somebody else's, and asks whose to keep.
   */
  queue(context: Saved): void {
    if (this.queued.has(context) || context.model.collaborative === true) {
      return; // The server saves; one that it never answers must not hold up the next.
    }
    this.queued.add(context); // Two views of a notebook share it.
    const save = context.save.bind(context);
    let last: Promise<unknown> = Promise.resolve();
    context.save = () => {
      const mine = last.then(() => save());
      last = mine.catch(() => undefined); // Told by JupyterLab; the next may succeed.
      return mine;
    };
  }

  /**
   * Saves the notebook at `path` if it has changes. Called when a run first shows in an output, when
   * its widget goes and when its first picture comes: until the next autosave the file would not know
   * of it, and with a busy kernel a reload loses whatever the file does not hold. A notebook that was
   * just opened has no changes, and is not saved; nor is one that several people share, which the
   * server saves.
   */
  async keep(path: string): Promise<void> {
    const context = this.find(path);
    if (!context?.isReady) {
      return;
    }
    const before = this.saves.get(context) ?? Promise.resolve(); // the output is being added right now
    const mine = before.then(() => saveChanges(context));
    this.saves.set(
      context,
      mine.catch(() => undefined) // Told by JupyterLab; the next may succeed.
    );
    await mine;
  }
}

async function saveChanges(context: Saved): Promise<void> {
  const { dirty, readOnly, collaborative } = context.model;
  if (dirty && !readOnly && collaborative !== true) {
    await context.save();
  }
}
