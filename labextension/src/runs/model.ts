/** A run as it stands now, and a way to ask something of it; where its journal comes from differs. No DOM. */
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { Control, Header, JournalEvent } from '../protocol';
import { decodeEvent } from './codec';
import { RunState } from './fold';
import { TORN } from './limits';
import type { Liveness } from './liveness';
import type { Action, Answer } from './requests';
import { RequestError, Requests } from './requests';
import type { Decoded } from './values';
import { CorruptRecordError } from './values';

/** How a run stands for whoever looks at it. `stopped`: the process behind it is gone. */
export type RunStatus = 'running' | 'stopped' | 'finished' | 'interrupted' | 'failed' | 'missing';

/** Why there is nothing to show, or nothing newer. */
export type Problem =
  | { kind: 'missing' }
  | { kind: 'newer'; schema: number }
  | { kind: 'unreachable'; message: string };

export abstract class RunModel implements IDisposable {
  state: RunState;
  header: Decoded<Header> | null = null;
  problem: Problem | null = null;
  life: Liveness = 'unknown';
  /** False until the run was read once. */
  loaded = false;
  /** Whether requests are only read when the cell that trains has ended. */
  late = false;

  private readonly requests: Requests;
  private readonly signal = new Signal<this, void>(this);
  private disposed = false;

  /** `newState` makes the state of a run of which nothing is known yet. */
  constructor(
    readonly folder: string,
    readonly name: string,
    protected readonly newState: () => RunState,
    now: () => number
  ) {
    this.state = newState();
    this.requests = new Requests(request => this.deliver(request), now);
  }

  get changed(): ISignal<this, void> {
    return this.signal;
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  get status(): RunStatus {
    if (this.problem?.kind === 'missing') {
      return 'missing';
    }
    return this.state.status === 'running' && this.life === 'dead' ? 'stopped' : this.state.status;
  }

  /** Lines that hold no record, the one that the kernel's death cut short among them. */
  get torn(): number {
    const cut = this.cutShort && this.status !== 'running';
    return this.state.torn + (cut ? 1 : 0);
  }

  /** What was asked from here and has no answer yet. */
  get asked(): readonly Decoded<Control>[] {
    return this.requests.asked;
  }

  /**
   * Ask training for something. Resolves when the journal answers, carried out (`done`) or refused.
   * Rejects with a RequestError if the request could not be handed over or nobody is left to answer.
   */
  async send(action: Action, value: number | null = null): Promise<Answer> {
    if (this.status !== 'running') {
      throw new RequestError('ended', `The run is ${this.status}`);
    }
    const answer = this.requests.send(action, value);
    this.emit();
    try {
      return await answer;
    } finally {
      this.emit();
    }
  }

  dispose(): void {
    if (this.disposed) {
      return;
    }
    this.disposed = true;
    this.requests.abandon('The page no longer follows the run');
    Signal.clearData(this);
  }

  /** Whether the last line has no end. */
  protected abstract get cutShort(): boolean;

  /** Hand a request over to training. */
  protected abstract deliver(request: Decoded<Control>): Promise<void>;

  /** A request found nobody to answer it. */
  protected refused(id: string, message: string): void {
    this.requests.failed(id, message);
  }

  /** Lines of the journal, in order. Whether a process took the run up again in them. */
  protected apply(lines: readonly string[]): boolean {
    let resumed = false;
    for (const line of lines) {
      if (this.state.torn > TORN) {
        return resumed; // It is no journal of ours: each line that does not decode takes its time.
      }
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
        resumed ||= event.type === 'start' && this.state.started;
        this.state.apply(event);
        if (event.type === 'control') {
          this.requests.answered(event);
        }
      }
    }
    return resumed;
  }

  /** Whoever looks is told; what nobody is left to answer is given up. */
  protected emit(): void {
    if (this.disposed) {
      return;
    }
    if (this.status !== 'running') {
      this.requests.abandon(`The run is ${this.status}`);
    }
    this.loaded = true;
    this.signal.emit();
  }
}
