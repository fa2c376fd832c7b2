/** Resumes a notebook's run by itself: the switch, the attempts and the banner's own resume, put together. */
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';

import type { Candidate } from '../resume/choose';
import type { IStoppedRun } from '../resume/stoppedRun';
import { planResume } from '../resume/execute';
import { newestCheckpoint } from '../runs/checkpoints';
import type { Attempt } from '../protocol';
import { SCHEMA } from '../protocol';
import type { Decoded } from '../runs/values';
import type { IPreferences } from '../settings/tokens';
import type { AttemptFiles } from './attempts';
import type { Decision } from '../resume/decide';
import { decide } from '../resume/decide';
import { whyBlocked } from './blockers';
import type { IAutoResume } from '../resume/autoTokens';
import { decisionNote } from '../resume/autoMessages';

/** How often an attempt of this page says that it is under way, and one of another is looked at. */
const RENEW_MS = 10_000;
const WATCH_MS = 2000;

export interface AutoResumerOptions {
  switches: IAutoResume;
  preferences: IPreferences;
  attempts: AttemptFiles;
  /** Seconds since 1970, in the server's clock. */
  now: () => number;
  trans: TranslationBundle;
  /** Names this page among others. */
  who: string;
}

export class AutoResumer implements IDisposable {
  private looking = false;
  private again = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private disposed = false;

  constructor(
    private readonly panel: NotebookPanel,
    private readonly model: IStoppedRun,
    private readonly options: AutoResumerOptions
  ) {
    model.changed.connect(this.look, this);
    options.switches.changed.connect(this.look, this);
    options.preferences.changed.connect(this.look, this);
    this.look();
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    if (this.disposed) {
      return;
    }
    this.disposed = true;
    clearTimeout(this.timer);
    this.model.changed.disconnect(this.look, this);
    this.options.switches.changed.disconnect(this.look, this);
    this.options.preferences.changed.disconnect(this.look, this);
  }

  /** See whether there is something to do. */
  private look(): void {
    clearTimeout(this.timer);
    if (this.looking) {
      this.again = true;
      return;
    }
    this.looking = true;
    this.act()
      .catch(() => {
        this.later(WATCH_MS); // The server is away: look again when it may be back.
      })
      .finally(() => {
        this.looking = false;
        if (this.again && !this.disposed) {
          this.again = false;
          this.look();
        }
      });
  }

  private later(milliseconds: number): void {
    clearTimeout(this.timer);
    if (!this.disposed) {
      this.timer = setTimeout(() => {
        void this.model.check().then(() => {
          this.look();
        });
      }, milliseconds);
    }
  }

  private async act(): Promise<void> {
    const { model } = this;
    const candidate = model.stopped;
    if (this.disposed || candidate === null || !diedAtWork(candidate)) {
      return;
    }
    await this.options.preferences.ready;
    const { on, since } = await this.options.switches.read(candidate.folder);
    const decision = await this.decision(candidate, since ?? 0);
    if (!on && decision.kind !== 'held') {
      model.tell('');
      return;
    }
    const hindrance = this.hindrance(candidate);
    if (decision.kind === 'go' && hindrance === '') {
      await this.attempt(candidate, decision);
      return;
    }
    const { now, trans } = this.options;
    const ours = decision.kind === 'go' || decision.kind === 'wait';
    model.tell(
      ours && hindrance !== '' ? hindrance : decisionNote(decision, now(), trans),
      decision.kind === 'held'
    );
    if (decision.kind === 'held') {
      this.later(WATCH_MS);
    } else if (decision.kind === 'wait') {
      this.later(Math.min(1000, Math.max(50, (decision.until - now()) * 1000)));
    }
  }

  private async decision(candidate: Candidate, since: number): Promise<Decision> {
    const known = await this.options.attempts.read(candidate.folder);
    const step = newestCheckpoint(candidate.state)?.position.step ?? 0;
    return decide(known, { step, since, now: this.options.now() });
  }

  private hindrance(candidate: Candidate): string {
    const { preferences, trans } = this.options;
    if (newestCheckpoint(candidate.state) === null) {
      return trans.__('Not resumed by itself, because it has no checkpoint');
    }
    const cells = this.panel.content.model?.cells ?? [];
    const trusted = new Set(
      [...cells].filter(cell => cell.trusted).map(cell => cell.sharedModel.getId())
    );
    const plan = planResume(this.panel, candidate);
    return whyBlocked(plan, id => trusted.has(id), preferences.values.resumeByItself, trans);
  }

  private async attempt(candidate: Candidate, decision: Decision): Promise<void> {
    const { attempts, now, who } = this.options;
    const { folder } = candidate;
    const newest = newestCheckpoint(candidate.state);
    const attempt: Decoded<Attempt> = {
      schema: SCHEMA,
      number: decision.number,
      by: 'page',
      who,
      time: now(),
      step: newest?.position.step ?? 0,
      checkpoint: newest?.file ?? null,
      outcome: 'open',
      detail: ''
    };
    // What the banner holds may be of an earlier death.
    if (!(await this.stands(candidate))) {
      this.later(0); // Training goes on: see what there is now.
      return;
    }
    if (!(await attempts.claim(folder, attempt))) {
      this.later(WATCH_MS); // Somebody was faster, or nothing can be written: not at once again.
      return;
    }
    // Between the look and the claim another attempt may have come to its end, and training goes on.
    if (!(await this.stands(candidate))) {
      await attempts.write(folder, { ...attempt, outcome: 'abandoned' });
      this.later(0);
      return;
    }
    const renewal = setInterval(() => {
      void this.renew(folder, attempt);
    }, RENEW_MS);
    try {
      const failure = await this.model.resumeByItself(attempt.number);
      const outcome = failure === null ? 'resumed' : failure.died ? 'died' : 'failed';
      // A run that is given back is not written to: nobody takes the attempt down in its journal.
      if ((failure !== null || candidate.brokeOff) && !(await this.taken(folder, attempt))) {
        await attempts.write(folder, { ...attempt, outcome, detail: failure?.message ?? '' });
      }
    } catch (error) {
      // The kernel could not be had, or the server was away for a moment: another attempt may have it.
      const detail = error instanceof Error ? error.message : String(error);
      if (!(await this.taken(folder, attempt))) {
        await attempts.write(folder, { ...attempt, outcome: 'died', detail });
      }
    } finally {
      clearInterval(renewal);
      this.later(0);
    }
  }

  /** Whether the run is still stopped where it was. */
  private async stands(candidate: Candidate): Promise<boolean> {
    await this.model.check();
    const { stopped } = this.model;
    return (
      stopped?.folder === candidate.folder && stopped.state.updated === candidate.state.updated
    );
  }

  private async renew(folder: string, attempt: Decoded<Attempt>): Promise<void> {
    try {
      if (!(await this.taken(folder, attempt))) {
        await this.options.attempts.write(folder, attempt);
      }
    } catch {
      // The server is away: the next time tells it.
    }
  }

  /** Whether the kernel has taken the attempt down in the journal. */
  private async taken(folder: string, attempt: Decoded<Attempt>): Promise<boolean> {
    const known = await this.options.attempts.read(folder);
    return known.some(one => one.attempt.number === attempt.number && one.age === null);
  }
}

/**
 * Whether its process died while the run or the rest of its cell was under way. One that was interrupted
 * or failed ended in order: that was somebody's wish, or an error.
 */
function diedAtWork({ state, brokeOff }: Candidate): boolean {
  return state.status === 'running' || brokeOff;
}
