/** The banner of one notebook: what it offers, and the resume that a click on it starts. No DOM. */
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { Debouncer } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IRuns } from '../runs/tokens';
import { readCandidates } from './candidates';
import type { Candidate } from './choose';
import { anyRunning, offered } from './choose';
import type { Dismissals } from './dismissed';
import type { Choice } from './resume';
import { planResume, resume, ResumeError } from './resume';
import { headline, newestCheckpoint, resumeLabel, setupNote } from './words';

/** What the bar shows. */
export interface Offer {
  run: string;
  state: 'offer' | 'running' | 'failed';
  headline: string;
  /** What changed since; or, while cells run, how far that is; or what went wrong. */
  detail: string;
  /** The buttons wait: cells run, here or elsewhere. */
  busy: boolean;
  resumeLabel: string;
  canResume: boolean;
  canStartOver: boolean;
}

/** How often to look while a run of this notebook is under way. */
const LISTEN_MS = 5000;

/** How soon to look again after the kernel did something. */
const SOON_MS = 300;

export class BannerModel implements IDisposable {
  offer: Offer | null = null;

  private readonly signal = new Signal<this, void>(this);
  private readonly soon = new Debouncer(() => this.check(), SOON_MS);
  private readonly edited = new Debouncer(() => {
    this.describeAgain();
  }, SOON_MS);
  private candidate: Candidate | null = null;
  private resuming: AbortController | null = null;
  private lastChoice: Choice['action'] = 'resume';
  private timer: ReturnType<typeof setTimeout> | undefined;
  private checking: Promise<void> | null = null;
  private again = false;
  private disposed = false;
  private remark: { text: string; busy: boolean } | null = null;

  constructor(
    private readonly panel: NotebookPanel,
    private readonly runs: IRuns,
    private readonly dismissals: Dismissals,
    private readonly trans: TranslationBundle
  ) {
    const context = panel.sessionContext;
    context.statusChanged.connect(this.onKernel, this);
    context.kernelChanged.connect(this.onKernel, this);
    context.connectionStatusChanged.connect(this.onKernel, this);
    panel.context.model.contentChanged.connect(this.onEdited, this);
    void Promise.all([panel.context.ready, panel.revealed]).then(() => this.check());
  }

  get changed(): ISignal<this, void> {
    return this.signal;
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    if (this.disposed) {
      return;
    }
    this.disposed = true;
    const context = this.panel.sessionContext;
    context.statusChanged.disconnect(this.onKernel, this);
    context.kernelChanged.disconnect(this.onKernel, this);
    context.connectionStatusChanged.disconnect(this.onKernel, this);
    this.panel.context.model.contentChanged.disconnect(this.onEdited, this);
    clearTimeout(this.timer);
    this.soon.dispose();
    this.edited.dispose();
    this.resuming?.abort();
    Signal.clearData(this);
  }

  /** Look at the notebook's runs. */
  check(): Promise<void> {
    if (this.checking !== null) {
      this.again = true;
      return this.checking;
    }
    this.checking = this.look().finally(() => {
      this.checking = null;
      if (this.again && !this.disposed) {
        this.again = false;
        void this.check();
      }
    });
    return this.checking;
  }

  /** The run that is offered; null while there is none, or while its cells run. */
  get stopped(): Candidate | null {
    return this.offer !== null && this.resuming === null ? this.candidate : null;
  }

  /** What is to be said of the offer besides; `busy`: it is being resumed elsewhere. */
  tell(text: string, busy = false): void {
    this.remark = text === '' ? null : { text, busy };
    this.describeAgain();
  }

  /** Go on as `resume` does, but by nobody's click; resolves with what went wrong, if anything did. */
  resumeByItself(attempt: number): Promise<ResumeError | null> {
    const file = this.candidate === null ? undefined : newestCheckpoint(this.candidate.state)?.file;
    return file === undefined ? Promise.resolve(null) : this.go('resume', file, attempt);
  }

  /** Go on from the newest checkpoint. Resolves when the training cell has ended. */
  async resume(): Promise<void> {
    const file = this.candidate === null ? undefined : newestCheckpoint(this.candidate.state)?.file;
    if (file !== undefined) {
      await this.go('resume', file);
    }
  }

  /** Train anew. Resolves when the training cell has ended. */
  async startOver(): Promise<void> {
    await this.go('new');
  }

  /** What failed, once more. */
  tryAgain(): Promise<void> {
    return this.lastChoice === 'new' ? this.startOver() : this.resume();
  }

  /** Wave the offer away; while cells run, run no more of them. */
  dismiss(): void {
    if (this.candidate !== null) {
      this.dismissals.add(this.candidate.folder, this.candidate.state.position);
    }
    this.resuming?.abort();
    this.show(null);
  }

  private async go(
    action: 'resume' | 'new',
    checkpoint?: string,
    attempt?: number
  ): Promise<ResumeError | null> {
    const { candidate } = this;
    if (candidate === null || this.resuming !== null || this.disposed) {
      return null;
    }
    const controller = new AbortController();
    this.resuming = controller;
    this.lastChoice = action;
    const choice: Choice =
      action === 'resume' && checkpoint !== undefined
        ? {
            action,
            run: candidate.header.name,
            checkpoint,
            ...(attempt === undefined ? {} : { attempt })
          }
        : { action };
    this.listenSoon();
    try {
      await resume(this.panel, candidate.header, choice, {
        trans: this.trans,
        signal: controller.signal,
        progress: sentence => {
          this.show(this.describe(candidate, 'running', sentence));
        }
      });
      this.show(null);
      return null;
    } catch (error) {
      if (!(error instanceof ResumeError)) {
        throw error;
      }
      this.show(
        controller.signal.aborted ? null : this.describe(candidate, 'failed', error.message)
      );
      return error;
    } finally {
      this.resuming = null;
      this.listenSoon();
    }
  }

  private onKernel(): void {
    void this.soon.invoke().catch(() => undefined); // Rejects only when disposed of.
  }

  /** What the offer says of set-up cells is about the cells as they are now. */
  private onEdited(): void {
    if (this.offer?.state === 'offer') {
      void this.edited.invoke().catch(() => undefined); // Rejects only when disposed of.
    }
  }

  private describeAgain(): void {
    if (this.offer?.state === 'offer' && this.candidate !== null && this.resuming === null) {
      this.show(this.describe(this.candidate, 'offer', ''));
    }
  }

  private listenSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.check(), this.resuming === null ? LISTEN_MS : 1000);
  }

  private async look(): Promise<void> {
    if (this.disposed || this.panel.content.model === null) {
      return;
    }
    clearTimeout(this.timer);
    let candidates: Candidate[];
    try {
      candidates = await readCandidates(this.panel, this.runs);
    } catch {
      // The server is away. Its panel says so; look again when it may be back.
      this.listenSoon();
      return;
    }
    if (this.isDisposed) {
      return;
    }
    if (this.resuming !== null) {
      this.seeProgress(candidates);
      this.listenSoon();
      return;
    }
    const found = offered(candidates);
    if (anyRunning(candidates)) {
      this.listenSoon();
    }
    if (found === null || this.dismissals.has(found.folder, found.state.position)) {
      this.candidate = found;
      this.show(null);
    } else if (
      this.offer?.state !== 'failed' ||
      this.candidate?.state.updated !== found.state.updated
    ) {
      this.candidate = found;
      this.show(this.describe(found, 'offer', ''));
    }
  }

  /** Once the training goes on the bar has done its work, though the cell still runs. */
  private seeProgress(candidates: readonly Candidate[]): void {
    const before = this.candidate?.header.writer.started ?? 0;
    const alive = candidates.some(
      ({ state, life, header }) =>
        (state.writer ?? header.writer).started > before &&
        state.status === 'running' &&
        life === 'alive'
    );
    if (alive && this.offer?.state === 'running') {
      this.show(null);
    }
  }

  private describe(candidate: Candidate, state: Offer['state'], told: string): Offer {
    const { header, state: run } = candidate;
    const plan = planResume(this.panel, header);
    const noCell =
      plan.training === null
        ? this.trans.__('The training cell is no longer in this notebook')
        : '';
    const about = noCell !== '' ? noCell : setupNote(plan.setup, plan.trainingChanged, this.trans);
    const remark = state === 'offer' ? this.remark : null;
    return {
      run: header.name,
      state,
      headline: headline(header.name, run, this.trans),
      detail:
        told !== '' ? told : [about, remark?.text ?? ''].filter(part => part !== '').join(' · '),
      busy: state === 'running' || remark?.busy === true,
      resumeLabel: state === 'failed' ? this.trans.__('Try again') : resumeLabel(run, this.trans),
      canResume: plan.training !== null && (newestCheckpoint(run) !== null || state === 'failed'),
      canStartOver: plan.training !== null
    };
  }

  private show(offer: Offer | null): void {
    if (this.disposed || JSON.stringify(offer) === JSON.stringify(this.offer)) {
      return;
    }
    this.offer = offer;
    this.signal.emit();
  }
}
