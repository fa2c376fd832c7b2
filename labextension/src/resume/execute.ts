/** Runs a notebook's cells so that its training goes on: only because a person asked for it, or switched it on. */
import type { CodeCell } from '@jupyterlab/cells';
import { CodeCell as CodeCells } from '@jupyterlab/cells';
import type { ISessionContext } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSONObject } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';

import type { ResumeRequest } from '../protocol';
import { sameSource } from '../runs/masking';
import { cellOf } from '../runs/ownership';
import { cellsOf, showing } from './cells';
import type { Candidate } from './choose';
import { haveKernel, watchKernel } from './kernel';
import type { NotebookCell, SetupStep } from './plan';
import { planSetup, SKIP_TAG } from './plan';
import { firstLine, shortened } from './cellText';

/** What the kernel is told; fields without a value are left out. */
export type Choice = Pick<ResumeRequest, 'action'> & Partial<ResumeRequest>;

/** A resume could not go on; the message is for the person. */
export class ResumeError extends Error {
  override name = 'ResumeError';

  /**
   * `died`: the kernel did, so that trying again may help. `cell`: the set-up cell that failed; the
   * kernel still holds what those before it made.
   */
  constructor(
    message: string,
    readonly died = false,
    readonly cell: string | null = null
  ) {
    super(message);
  }
}

/** Where a resume that a set-up cell had stopped goes on. */
export interface From {
  cell: string;
  /** Without that cell. */
  skip: boolean;
}

/** What a resume of this run would do in the notebook as it is now. */
export interface ResumePlan {
  setup: SetupStep[];
  training: NotebookCell | null;
  trainingChanged: boolean;
}

/** A run, as far as a resume needs to know it. */
export type Trained = Pick<Candidate, 'header' | 'folder'>;

/** Look up the cells that the run recorded. */
export function planResume(panel: NotebookPanel, { header, folder }: Trained): ResumePlan {
  const cells = codeCells(panel).map((cell, index) => described(cell, index));
  const known = cellsOf(panel);
  const found = cellOf(header, known, showing(known, folder));
  const training = (found && cells[found.place]) ?? null;
  return {
    setup: planSetup(header.setup, cells, training),
    training,
    trainingChanged: training !== null && !sameSource(training.source, header.cell?.source ?? '')
  };
}

/**
 * Run the set-up cells that the run recorded, then its training cell with `choice` in the request.
 *
 * Resolves when the training cell has ended.
 *
 * @throws ResumeError if a cell is missing or fails, or `signal` is aborted.
 */
export async function resume(
  panel: NotebookPanel,
  run: Trained,
  choice: Choice,
  options: {
    trans: TranslationBundle;
    signal: AbortSignal;
    progress: (sentence: string) => void;
    from?: From | null;
  }
): Promise<void> {
  const { trans, signal, progress, from = null } = options;
  const { setup, training } = planResume(panel, run);
  if (training === null) {
    throw new ResumeError(trans.__('The training cell is no longer in this notebook'));
  }
  progress(trans.__('Waiting for the kernel …'));
  await idleKernel(panel.sessionContext, signal, trans);
  const runnable = setup.flatMap(step => (step.kind === 'run' ? [step.cell] : []));
  const first = from === null ? -1 : runnable.findIndex(cell => cell.id === from.cell);
  const begin = first < 0 ? 0 : first + (from?.skip === true ? 1 : 0);
  for (const [index, cell] of runnable.entries()) {
    if (index < begin) {
      continue;
    }
    stopIfAborted(signal, trans);
    progress(
      trans.__(
        'Running set-up cell %1 of %2: %3',
        index + 1,
        runnable.length,
        firstLine(cell.source)
      )
    );
    await execute(panel, cell, { action: 'setup' }, trans.__('Set-up cell %1', cell.label), trans);
  }
  stopIfAborted(signal, trans);
  progress(
    choice.action === 'new' ? trans.__('Starting over …') : trans.__('Restoring the checkpoint …')
  );
  await execute(panel, training, choice, trans.__('The training cell'), trans);
}

async function execute(
  panel: NotebookPanel,
  wanted: NotebookCell,
  choice: Choice,
  who: string,
  trans: TranslationBundle
): Promise<void> {
  const cell = codeCells(panel).find(
    candidate => candidate.model.sharedModel.getId() === wanted.id
  );
  if (cell === undefined) {
    throw new ResumeError(trans.__('%1 was deleted meanwhile', who));
  }
  const notebook = panel.content;
  const metadata: JSONObject = {
    deletedCells: notebook.model?.deletedCells ?? [],
    recordTiming: notebook.notebookConfig.recordTiming,
    kresume: { ...choice }
  };
  const set = choice.action === 'setup';
  if (!set) {
    notebook.activeCellIndex = notebook.widgets.indexOf(cell);
  }
  void notebook.scrollToCell(cell);
  let status: string | undefined;
  let what = '';
  let watch: IDisposable | null = null;
  try {
    const gone = new Promise<never>((_, reject) => {
      watch = watchKernel(panel.sessionContext, 'busy', () => {
        reject(new Error('gone'));
      });
    });
    const reply = await Promise.race([
      CodeCells.execute(cell, panel.sessionContext, metadata),
      gone
    ]);
    status = reply?.content.status;
    if (reply?.content.status === 'error') {
      what = shortened([reply.content.ename, reply.content.evalue].filter(Boolean).join(': '));
    }
  } catch {
    // Execution was cancelled.
    throw new ResumeError(trans.__('The kernel went away while it ran: %1', who), true);
  } finally {
    (watch as IDisposable | null)?.dispose();
  }
  if (status === 'error') {
    throw new ResumeError(trans.__('%1 failed: %2', who, what), false, set ? wanted.id : null);
  }
  if (status === 'aborted') {
    throw new ResumeError(trans.__('%1 was not run, because another cell failed', who));
  }
}

/** Wait until the kernel is there and has nothing else to do; start one if there is none. */
async function idleKernel(
  context: ISessionContext,
  signal: AbortSignal,
  trans: TranslationBundle
): Promise<void> {
  await haveKernel(context);
  stopIfAborted(signal, trans);
  await new Promise<void>((resolve, reject) => {
    const onStatus = (_: ISessionContext, status: Kernel.Status): void => {
      if (status === 'idle') {
        finish(resolve);
      }
    };
    const onAbort = (): void => {
      finish(() => {
        reject(new ResumeError(trans.__('Cancelled')));
      });
    };
    const onDead = (): void => {
      finish(() => {
        reject(new ResumeError(trans.__('The kernel is dead and could not be restarted'), true));
      });
    };
    // A kernel that cannot be reached is as good as dead: whoever is behind it cannot be, either.
    let watch = watchKernel(context, 'idle', () => {
      watch = watchKernel(context, 'idle', onDead);
      context.restartKernel().catch(onDead);
    });
    const finish = (settle: () => void): void => {
      watch.dispose();
      context.statusChanged.disconnect(onStatus);
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    context.statusChanged.connect(onStatus);
    signal.addEventListener('abort', onAbort);
    // That a page holds its kernel for idle may be long ago: a connection that was made while the
    // kernel restarted can lead to the ports of the one that died. An answer is the proof.
    context.session?.kernel?.requestKernelInfo().then(
      () => {
        finish(resolve);
      },
      () => undefined // It was disposed: the watch goes on.
    );
  });
}

function stopIfAborted(signal: AbortSignal, trans: TranslationBundle): void {
  if (signal.aborted) {
    throw new ResumeError(trans.__('Cancelled'));
  }
}

function codeCells(panel: NotebookPanel): CodeCell[] {
  return panel.content.widgets.filter((cell): cell is CodeCell => cell.model.type === 'code');
}

function described(cell: CodeCell, index: number): NotebookCell {
  const tags = cell.model.getMetadata('tags') as unknown;
  const count = cell.model.executionCount;
  return {
    id: cell.model.sharedModel.getId(),
    source: cell.model.sharedModel.getSource(),
    label: count === null ? `#${index + 1}` : `[${count}]`,
    skipped: Array.isArray(tags) && tags.includes(SKIP_TAG)
  };
}
