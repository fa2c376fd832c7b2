/** The one resume of a notebook that can be under way: what was asked for, and what came of it. No DOM. */
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Candidate } from './choose';
import { newestKin } from './choose';
import { withTabLock } from './tabLock';
import type { Choice, From } from './execute';
import { resume, ResumeError } from './execute';

/** Whoever shows it is told while it is still under way, so that nothing else begins meanwhile. */
export interface Told {
  progress(sentence: string): void;
  /** What kept it from the training cell's end; null if nothing did, or it was waved away. */
  over(problem: string | null): void;
}

export class ResumeTask {
  private controller: AbortController | null = null;
  private last: { choice: Choice; from: From | null } | null = null;

  constructor(
    private readonly panel: NotebookPanel,
    private readonly trans: TranslationBundle
  ) {}

  /** Whether cells run. */
  get on(): boolean {
    return this.controller !== null;
  }

  /** Whether a set-up cell failed, so that the next may do without it. */
  get canSkip(): boolean {
    return (this.last?.from ?? null) !== null;
  }

  /** Run no more cells. */
  abort(): void {
    this.controller?.abort();
  }

  /** What failed, once more: from the set-up cell that stopped it; or, with `skip`, from the next. */
  again(skip: boolean): { choice: Choice; from: From | null } | null {
    const { last } = this;
    return last && { choice: last.choice, from: last.from && { ...last.from, skip } };
  }

  /** Run the cells. Resolves when the training cell has ended, with the error if one kept it from that. */
  async go(
    candidate: Candidate,
    choice: Choice,
    from: From | null,
    told: Told
  ): Promise<ResumeError | null> {
    const { panel, trans } = this;
    const controller = new AbortController();
    const { signal } = controller;
    this.controller = controller;
    this.last = { choice, from: null };
    try {
      const went = await withTabLock(candidate.folder, () =>
        resume(panel, candidate, choice, { trans, signal, progress: told.progress, from })
      );
      told.over(went ? null : trans.__('Another tab resumes it'));
      return null;
    } catch (error) {
      if (!(error instanceof ResumeError)) {
        throw error;
      }
      this.last = { choice, from: error.cell === null ? null : { cell: error.cell, skip: false } };
      told.over(signal.aborted ? null : error.message);
      return error;
    } finally {
      this.controller = null;
    }
  }
}

/** What the kernel is told of a run of another notebook: to begin one of this notebook's from there. */
export function foreignChoice({ header }: Candidate, checkpoint: string): Choice {
  return { action: 'fork', run: header.name, checkpoint };
}

/** What the kernel is told: the run as this page sees it, so that what happened since can be noticed. */
export function choiceOf(
  candidate: Candidate,
  all: readonly Candidate[],
  action: Choice['action'],
  checkpoint?: string
): Choice {
  const { name, writer } = candidate.header;
  const newest = newestKin(candidate, all).header.name;
  return { action, run: name, taken: writer.started, newest, ...(checkpoint && { checkpoint }) };
}
