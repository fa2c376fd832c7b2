/** A run folder as it stands now: polls it and says when something changed. No DOM. */
import type { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { Header, JournalEvent } from '../protocol';
import { SCHEMA } from '../protocol';
import { decodeEvent, decodeHeader, schemaOf } from './codec';
import { RunState } from './fold';
import type { Liveness } from './liveness';
import { liveness, newestWriter } from './liveness';
import { joinPath } from './location';
import type { FetchRange } from './tail';
import { MissingFileError, Tail } from './tail';
import type { Decoded } from './values';
import { CorruptRecordError } from './values';

/** How a run stands for whoever looks at it. `stopped`: the process behind it is gone. */
export type RunStatus = 'running' | 'stopped' | 'finished' | 'interrupted' | 'failed' | 'missing';

/** Why there is nothing to show, or nothing newer. */
export type Problem =
  | { kind: 'missing' }
  | { kind: 'newer'; schema: number }
  | { kind: 'unreachable'; message: string };

/** What the model needs of the server. */
export interface RunSource {
  text(path: string): Promise<string>;
  range(path: string): FetchRange;
  heartbeatAge(folder: string): Promise<number | null>;
}

/** What the model needs to know of kernels. */
export interface RestartSource {
  restartOf(kernel: string | null): number | null;
  readonly restarted: ISignal<unknown, string>;
}

const LIVE_MS = 400;
const RESTING_MS = 2500;
const HEARTBEAT_MS = 2000;

export class RunModel implements IDisposable {
  state: RunState;
  header: Decoded<Header> | null = null;
  problem: Problem | null = null;
  life: Liveness = 'unknown';
  /** False until the folder was read once. */
  loaded = false;

  private readonly signal = new Signal<this, void>(this);
  private readonly tail: Tail;
  private readonly poll: Poll;
  private readonly source: RunSource;
  private readonly kernels: RestartSource;
  private readonly newState: () => RunState;
  private heartbeatAge: number | null = null;
  private heartbeatRead = -Infinity;
  private headerWanted = true;
  private shown = true;

  constructor(
    readonly folder: string,
    readonly name: string,
    options: { source: RunSource; kernels: RestartSource; newState?: () => RunState }
  ) {
    this.newState = options.newState ?? ((): RunState => new RunState());
    this.state = this.newState();
    this.source = options.source;
    this.kernels = options.kernels;
    this.tail = new Tail(this.source.range(joinPath(folder, 'journal.jsonl')));
    this.poll = new Poll({
      name: `kresume_nb:${folder}`,
      factory: () => this.refresh(),
      frequency: { interval: LIVE_MS, backoff: true, max: 15_000 }
    });
    this.kernels.restarted.connect(this.onRestarted, this);
  }

  get changed(): ISignal<this, void> {
    return this.signal;
  }

  get isDisposed(): boolean {
    return this.poll.isDisposed;
  }

  get status(): RunStatus {
    if (this.problem?.kind === 'missing') {
      return 'missing';
    }
    return this.state.status === 'running' && this.life === 'dead' ? 'stopped' : this.state.status;
  }

  /** Lines that hold no record, the one that the kernel's death cut short among them. */
  get torn(): number {
    const cut = this.tail.pending > 0 && this.status !== 'running';
    return this.state.torn + (cut ? 1 : 0);
  }

  /** Whether someone can see the run; a hidden one is read less often. */
  set visible(visible: boolean) {
    if (visible === this.shown) {
      return;
    }
    this.shown = visible;
    this.pace();
    if (visible) {
      void this.poll.refresh();
    }
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this.poll.dispose();
    Signal.clearData(this);
  }

  private async refresh(): Promise<void> {
    try {
      const news = await this.read();
      const recovered = this.problem !== null;
      this.problem = null;
      const life = await this.readLife();
      if (news || recovered || life || !this.loaded) {
        this.emit();
      }
    } catch (error) {
      if (this.isDisposed) {
        return;
      }
      const problem = problemOf(error);
      if (problem.kind !== this.problem?.kind) {
        this.problem = problem;
        this.emit();
      }
      if (problem.kind === 'unreachable') {
        throw error; // The poll asks less and less often.
      }
    } finally {
      if (!this.isDisposed) {
        this.pace();
      }
    }
  }

  /** Apply what is new in the folder. */
  private async read(): Promise<boolean> {
    let news = false;
    let more = true;
    let complete = true;
    while (more && !this.isDisposed) {
      if (this.headerWanted) {
        complete = await this.readHeader();
      }
      try {
        const { lines, restarted, more: rest } = await this.tail.poll();
        more = rest;
        news ||= restarted || lines.length > 0;
        if (restarted) {
          this.state = this.newState();
          this.headerWanted = true;
        }
        this.apply(lines);
      } catch (error) {
        if (error instanceof MissingFileError && complete) {
          return news; // A run that has only just been made.
        }
        throw error;
      }
      if (more) {
        this.emit();
        await new Promise(resolve => setTimeout(resolve));
      }
    }
    return news;
  }

  private apply(lines: readonly string[]): void {
    for (const line of lines) {
      let event: Decoded<JournalEvent> | null;
      try {
        event = decodeEvent(line);
      } catch (error) {
        if (!(error instanceof CorruptRecordError)) {
          throw error;
        }
        this.state.torn++;
        continue;
      }
      if (event !== null) {
        this.headerWanted ||= event.type === 'start' && this.state.started;
        this.state.apply(event);
      }
    }
  }

  /** Whether there is a header; the journal tells enough to go on without one. */
  private async readHeader(): Promise<boolean> {
    let json: string;
    try {
      json = await this.source.text(joinPath(this.folder, 'run.json'));
    } catch (error) {
      if (error instanceof MissingFileError) {
        return false;
      }
      throw error;
    }
    try {
      const schema = schemaOf(json);
      if (schema > SCHEMA) {
        throw new NewerSchemaError(schema);
      }
      this.header = decodeHeader(json);
    } catch (error) {
      if (!(error instanceof CorruptRecordError)) {
        throw error;
      }
      this.header = null;
    }
    this.headerWanted = false;
    return true;
  }

  private async readLife(): Promise<boolean> {
    if (this.state.status === 'running' && Date.now() - this.heartbeatRead >= HEARTBEAT_MS) {
      this.heartbeatAge = await this.source.heartbeatAge(this.folder);
      this.heartbeatRead = Date.now();
    }
    return this.judge();
  }

  /** Whether the verdict on the process changed. */
  private judge(): boolean {
    const before = this.life;
    const writer = newestWriter(this.state.writer, this.header?.writer ?? null);
    this.life = liveness({
      status: this.state.status,
      writerKernel: writer?.kernel ?? null,
      writerStarted: writer?.started ?? 0,
      restarted: this.kernels.restartOf(writer?.kernel ?? null),
      heartbeatAge: this.heartbeatAge
    });
    return this.life !== before;
  }

  private onRestarted(): void {
    if (this.judge()) {
      this.emit();
    }
  }

  private pace(): void {
    const live = this.shown && this.problem === null && this.status === 'running';
    const interval = live ? LIVE_MS : RESTING_MS;
    if (this.poll.frequency.interval !== interval) {
      this.poll.frequency = { interval, backoff: true, max: 15_000 };
    }
  }

  private emit(): void {
    if (!this.isDisposed) {
      this.loaded = true;
      this.signal.emit();
    }
  }
}

class NewerSchemaError extends Error {
  constructor(readonly schema: number) {
    super(`The run's layout is version ${schema}`);
  }
}

function problemOf(error: unknown): Problem {
  if (error instanceof MissingFileError) {
    return { kind: 'missing' };
  }
  if (error instanceof NewerSchemaError) {
    return { kind: 'newer', schema: error.schema };
  }
  return { kind: 'unreachable', message: error instanceof Error ? error.message : String(error) };
}
