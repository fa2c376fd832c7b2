/** The banner of one notebook: what it offers, and the resume that a click on it starts. No DOM. */
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { Debouncer } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IRuns } from '../runs/tokens';
import { readCandidates } from '../resume/candidates';
import { reason } from './cause';
import type { Candidate } from '../resume/choose';
import { anyRunning, offered, ordinal, present, withEarlier } from '../resume/choose';
import type { Dismissals } from './dismissed';
import { insertBelow } from './insert';
import { loadingCode } from './loading';
import type { ForeignRun } from './foreign';
import { foreignPoint } from './foreign';
import { choiceOf, foreignChoice, ResumeTask } from '../resume/resumeTask';
import type { Offer } from './offer';
import { offerOf } from './offer';
import type { Others } from '../resume/points';
import { readOthers } from '../resume/points';
import type { Choice, From, ResumeError } from '../resume/execute';
import { planResume } from '../resume/execute';
import type { IStoppedRun } from '../resume/stoppedRun';
import { newestCheckpoint } from '../runs/checkpoints';
import { runsFirst } from './messages';

/** What a resume is asked to do; the newest checkpoint of the offered run where nothing is said. */
export interface Wish {
  run?: string;
  checkpoint?: string;
  fork?: boolean;
}

/** How often to look while a run of this notebook is under way. */
const LISTEN_MS = 5000;

/** How soon to look again after the kernel did something. */
const SOON_MS = 300;

/** How often the words "3 min ago" are set anew. */
const CLOCK_MS = 30_000;

export class BannerModel implements IDisposable, IStoppedRun {
  offer: Offer | null = null;

  private readonly signal = new Signal<this, void>(this);
  private readonly soon = new Debouncer(() => this.check(), SOON_MS);
  private readonly edited = new Debouncer(() => {
    this.describeAgain();
  }, SOON_MS);
  private candidate: Candidate | null = null;
  private readonly going: ResumeTask;
  private why = '';
  private all: Candidate[] = [];
  private foreign: Candidate[] = [];
  private clock: ReturnType<typeof setInterval>;
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
    this.going = new ResumeTask(panel, trans);
    const context = panel.sessionContext;
    context.statusChanged.connect(this.onKernel, this);
    context.kernelChanged.connect(this.onKernel, this);
    context.connectionStatusChanged.connect(this.onKernel, this);
    panel.context.model.contentChanged.connect(this.onEdited, this);
    this.clock = setInterval(() => {
      this.describeAgain();
    }, CLOCK_MS);
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
    clearInterval(this.clock);
    this.soon.dispose();
    this.edited.dispose();
    this.going.abort();
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
    return this.offer !== null && !this.going.on ? this.candidate : null;
  }

  get isOffered(): boolean {
    return this.offer !== null;
  }

  /** What is to be said of the offer besides; `busy`: it is being resumed elsewhere. */
  tell(text: string, busy = false): void {
    this.remark = text === '' ? null : { text, busy };
    this.describeAgain();
  }

  /** Go on as `resume` does, but by nobody's click; resolves with what went wrong, if anything did. */
  resumeByItself(attempt: number): Promise<ResumeError | null> {
    const { candidate } = this;
    const file = candidate && newestCheckpoint(candidate.state)?.file;
    return !candidate || !file
      ? Promise.resolve(null)
      : this.go(candidate, { ...this.choice(candidate, 'resume', file), attempt }, null);
  }

  /** Go on, or fork. Resolves when the training cell has ended; false if there is no such run here. */
  async resume({ run, checkpoint, fork = false }: Wish = {}): Promise<boolean> {
    const candidate = this.pick(run);
    const file = candidate && (checkpoint ?? newestCheckpoint(candidate.state)?.file);
    if (!candidate || !file) {
      return false;
    }
    await this.go(candidate, this.choice(candidate, fork ? 'fork' : 'resume', file), null);
    return true;
  }

  /** Runs of the notebook that this one is a copy of, as they can be forked; looked for anew. */
  async foreignRuns(): Promise<ForeignRun[]> {
    await this.check();
    return this.foreign.flatMap(one => foreignPoint(one));
  }

  /** Begin a run of this notebook's own from one of another. Resolves when the training cell has ended. */
  async forkForeign({ folder, checkpoint }: ForeignRun): Promise<boolean> {
    const candidate = this.foreign.find(one => one.folder === folder);
    if (candidate !== undefined) {
      await this.go(candidate, foreignChoice(candidate, checkpoint), null);
    }
    return candidate !== undefined;
  }

  /** Train anew. Resolves when the training cell has ended; false if there is no such run here. */
  async startOver(run?: string): Promise<boolean> {
    const candidate = this.pick(run);
    if (candidate !== null) {
      await this.go(candidate, this.choice(candidate, 'new'), null);
    }
    return candidate !== null;
  }

  /** What failed, once more: from the set-up cell that stopped it; or, with `skip`, from the next. */
  async tryAgain(skip = false): Promise<void> {
    const last = this.going.again(skip);
    if (last !== null && this.candidate !== null) {
      await this.go(this.candidate, last.choice, last.from);
    }
  }

  /** The other checkpoints with their losses, and the last resume's report. */
  async others(): Promise<
    (Others & { setup: string; foreign: ForeignRun[]; comparable: string[] }) | null
  > {
    const { candidate } = this;
    if (candidate === null) {
      return null;
    }
    const { folder, state } = candidate;
    return {
      ...(await readOthers(folder, state, this.runs.files)),
      setup: runsFirst(planResume(this.panel, candidate).setup, this.trans),
      foreign: this.foreign.flatMap(one => foreignPoint(one)),
      comparable: withEarlier(folder, this.all)
    };
  }

  /** Insert a cell that loads the model of a point, or the newest; it is not run. */
  load(point: Others['points'][number] | null = null, run?: string): boolean {
    const candidate = this.pick(run);
    const source = candidate && loadingCode(candidate.folder, this.panel.context.path, point);
    if (!candidate || !source) {
      return false;
    }
    const training = planResume(this.panel, candidate).training;
    insertBelow(this.panel, training?.id ?? '', source);
    return true;
  }

  /** Wave the offer away; while cells run, run no more of them. */
  dismiss(): void {
    if (this.candidate !== null) {
      this.dismissals.add(this.candidate.folder, this.candidate.state.position);
    }
    this.going.abort();
    this.show(null);
  }

  /** Whether cells run, or nobody looks any more. */
  private get busy(): boolean {
    return this.going.on || this.disposed;
  }

  private pick(run?: string): Candidate | null {
    return run === undefined
      ? this.candidate
      : (this.all.find(({ header }) => header.name === run) ?? null);
  }

  private choice(candidate: Candidate, action: Choice['action'], checkpoint?: string): Choice {
    return choiceOf(candidate, this.all, action, checkpoint);
  }

  private async go(
    candidate: Candidate,
    choice: Choice,
    from: From | null
  ): Promise<ResumeError | null> {
    if (this.busy) {
      return null;
    }
    this.candidate = candidate;
    const going = this.going.go(candidate, choice, from, {
      progress: sentence => {
        this.show(this.describe(candidate, 'running', sentence));
      },
      over: problem => {
        this.show(problem === null ? null : this.describe(candidate, 'failed', problem));
      }
    });
    this.listenSoon();
    try {
      return await going;
    } finally {
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
    if (this.offer?.state === 'offer' && this.candidate !== null && !this.going.on) {
      this.show(this.describe(this.candidate, 'offer', ''));
    }
  }

  private listenSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.check(), this.going.on ? 1000 : LISTEN_MS);
  }

  private async look(): Promise<void> {
    if (this.disposed || this.panel.content.model === null) {
      return;
    }
    clearTimeout(this.timer);
    let candidates: Candidate[];
    let foreign: Candidate[];
    try {
      ({ own: candidates, foreign } = await readCandidates(this.panel, this.runs));
    } catch {
      // The server is away. Its panel says so; look again when it may be back.
      this.listenSoon();
      return;
    }
    if (this.isDisposed) {
      return;
    }
    if (this.going.on) {
      this.seeProgress(candidates);
      this.listenSoon();
      return;
    }
    this.all = candidates;
    this.foreign = present(foreign);
    const found = offered(candidates);
    const why = found === null ? '' : await reason(found, this.runs.server, this.trans);
    if (this.busy) {
      return; // A click, meanwhile.
    }
    if (anyRunning(candidates, this.runs.files.now())) {
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
      this.why = why;
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
    const plan = planResume(this.panel, candidate);
    const canGoOn = this.going.canSkip;
    const remark = state === 'offer' ? this.remark : null;
    const about = {
      state,
      told,
      canGoOn,
      why: this.why,
      remark,
      now: this.runs.files.now(),
      ordinal: ordinal(candidate, this.all)
    };
    return offerOf(candidate, plan, about, this.trans);
  }

  private show(offer: Offer | null): void {
    if (this.disposed || JSON.stringify(offer) === JSON.stringify(this.offer)) {
      return;
    }
    this.offer = offer;
    this.signal.emit();
  }
}
