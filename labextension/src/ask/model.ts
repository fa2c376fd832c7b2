/** A question of a kernel that waits within a cell: shows that somebody sees it, and answers. No DOM. */
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { Ask, AskReply, Point } from '../protocol';
import { SCHEMA } from '../protocol';
import { joinPath } from '../runs/location';
import type { Decoded } from '../runs/values';

/** What the model needs of the server. */
export interface AskFiles {
  /** Seconds since a file was last touched; null if it is not there. */
  age(path: string): Promise<number | null>;
  write(path: string, text: string): Promise<void>;
}

/**
 * `looking`: not known yet whether anybody waits; `open`: somebody does; `answered`: from here;
 * `closed`: nobody waits, or no longer; `failed`: the answer could not be written.
 */
export type AskState = 'looking' | 'open' | 'answered' | 'closed' | 'failed';

/** What a person can choose. */
export type Choice = { action: 'resume' | 'fork'; point: Decoded<Point> } | { action: 'new' };

const TICK_MS = 250;

/** Ticks between two looks whether the kernel still waits. */
const LOOK_EVERY = 4;

/** Seconds without a touch after which a question is one that a killed kernel left. */
const ABANDONED = 20;

/** Seconds for which the kernel is asked to wait, time and again, for a person who deliberates. */
const PATIENCE = 90;
const RENEW_MS = 20_000;

export class AskModel implements IDisposable {
  state: AskState = 'looking';
  /** Seconds until the page answers by itself; null once a person has taken over. */
  left: number | null;
  choice: Choice | null = null;

  private readonly signal = new Signal<this, void>(this);
  private readonly file: string;
  private readonly base: string;
  private deadline = Infinity;
  private renewal = 0;
  private ticks = 0;
  private timer: ReturnType<typeof setInterval> | undefined;
  private disposed = false;

  /** A question of endless `seconds` has no countdown. */
  constructor(
    readonly ask: Decoded<Ask>,
    folder: string,
    private readonly files: AskFiles,
    private readonly now: () => number = Date.now
  ) {
    this.left = ask.points.length > 0 && Number.isFinite(ask.seconds) ? ask.seconds : null;
    this.base = joinPath(folder, `ask-${ask.id}`);
    this.file = `${this.base}.json`;
  }

  get changed(): ISignal<this, void> {
    return this.signal;
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    if (!this.disposed) {
      this.disposed = true;
      clearInterval(this.timer);
      Signal.clearData(this);
    }
  }

  /** Look whether somebody waits; if so, show ourselves and begin to count. */
  async start(): Promise<void> {
    await this.look();
    if (this.state !== 'looking' || this.disposed) {
      return;
    }
    this.state = 'open';
    this.deadline = this.now() + this.ask.seconds * 1000;
    await this.tell({ action: 'waiting', patience: this.left ?? PATIENCE });
    this.timer = setInterval(() => void this.tick(), TICK_MS);
    this.emit();
  }

  /** A person has taken over: the countdown stops. */
  hold(): void {
    if (this.state === 'open' && this.left !== null) {
      this.left = null;
      void this.renew();
      this.emit();
    }
  }

  /** Answer; only the first counts. */
  async answer(choice: Choice): Promise<void> {
    if (this.state !== 'open' || this.disposed) {
      return;
    }
    this.state = 'answered';
    this.choice = choice;
    this.emit();
    const checkpoint = choice.action === 'new' ? null : choice.point.checkpoint;
    await this.tell({ action: choice.action, checkpoint });
  }

  /** One step of time; returns when what it began is done. */
  async tick(): Promise<void> {
    const now = this.now();
    if (this.state === 'open' && this.left !== null) {
      this.left = Math.max(0, (this.deadline - now) / 1000);
      const first = this.ask.points[0];
      if (this.left === 0 && first !== undefined) {
        await this.answer({ action: 'resume', point: first });
        return;
      }
      this.emit();
    } else if (this.state === 'open' && now >= this.renewal) {
      await this.renew();
    }
    if (++this.ticks % LOOK_EVERY === 0) {
      await this.look();
    }
  }

  private async renew(): Promise<void> {
    this.renewal = this.now() + RENEW_MS;
    await this.tell({ action: 'waiting', patience: PATIENCE });
  }

  /** Whether the kernel still waits. */
  private async look(): Promise<void> {
    let age: number | null;
    try {
      age = await this.files.age(this.file);
    } catch {
      return; // The server is away; the next look may reach it.
    }
    if ((age === null || age > ABANDONED) && !this.disposed) {
      clearInterval(this.timer);
      this.state = 'closed';
      this.emit();
    }
  }

  private async tell(
    reply: Pick<AskReply, 'action'> & { checkpoint?: string | null; patience?: number }
  ): Promise<void> {
    const name = Math.random().toString(36).slice(2, 12).padEnd(4, '0');
    const record: AskReply = {
      schema: SCHEMA,
      id: this.ask.id,
      action: reply.action,
      checkpoint: reply.checkpoint ?? null,
      patience: reply.patience ?? 0,
      time: this.now() / 1000
    };
    try {
      await this.files.write(`${this.base}-${name}.json`, JSON.stringify(record));
    } catch {
      if (reply.action !== 'waiting' && !this.disposed) {
        this.state = 'failed';
        this.emit();
      }
    }
  }

  private emit(): void {
    if (!this.disposed) {
      this.signal.emit();
    }
  }
}
