/** Follows a run by polling its folder on the server. */
import { Poll } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';

import type { Control } from '../protocol';
import { FILES, SCHEMA } from '../protocol';
import { decodeHeader, schemaOf } from './codec';
import { RunState } from './fold';
import { liveness, newestWriter } from './liveness';
import { joinPath } from './location';
import type { Problem } from './model';
import { RunModel } from './model';
import type { FetchRange } from './tail';
import { MissingFileError, Tail } from './tail';
import type { Decoded } from './values';
import { CorruptRecordError } from './values';

/** What the model needs of the server. */
export interface RunSource {
  text(path: string): Promise<string>;
  range(path: string): FetchRange;
  heartbeatAge(folder: string): Promise<number | null>;
  /** Makes a file, whole for whoever reads it. */
  write(path: string, text: string): Promise<void>;
  /** Seconds since 1970 in the server's clock. */
  now(): number;
}

/** What the model needs to know of kernels. */
export interface RestartSource {
  restartOf(kernel: string | null): number | null;
  readonly restarted: ISignal<unknown, string>;
}

/** While somebody waits for an answer. */
const WAITING_MS = 100;
/** While somebody is at it. */
const ATTENDED_MS = 400;
/** While it trains in sight. Each look costs the machine, which trains, some 20 ms in the page. */
const LIVE_MS = 1000;
/** A run that has just begun is watched by who began it, and may be over soon; in seconds. */
const YOUNG = 5;
const RESTING_MS = 2500;
const HEARTBEAT_MS = 2000;
const PASSING_MS = 250;

export class FolderModel extends RunModel {
  private readonly tail: Tail;
  private readonly poll: Poll;
  private readonly source: RunSource;
  private readonly kernels: RestartSource;
  private heartbeatAge: number | null = null;
  private heartbeatRead = -Infinity;
  private headerWanted = true;
  private told = -Infinity;
  private shown = true;
  private near = false;

  constructor(
    folder: string,
    name: string,
    options: { source: RunSource; kernels: RestartSource; newState?: () => RunState }
  ) {
    const { source, kernels, newState } = options;
    super(folder, name, newState ?? ((): RunState => new RunState()), () => source.now());
    this.source = source;
    this.kernels = kernels;
    this.tail = new Tail(source.range(joinPath(folder, FILES.journal)));
    this.poll = new Poll({
      name: `kresume_nb:${folder}`,
      factory: () => this.refresh(),
      frequency: { interval: LIVE_MS, backoff: true, max: 15_000 }
    });
    kernels.restarted.connect(this.onRestarted, this);
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

  /** Whether somebody points at the run or has the keyboard's focus in it; it is then read more often. */
  set attended(attended: boolean) {
    if (attended !== this.near) {
      this.near = attended;
      this.pace();
    }
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this.poll.dispose();
    super.dispose();
  }

  protected override get cutShort(): boolean {
    return this.tail.pending > 0;
  }

  /** As a file in the run folder, which reaches training whatever the kernel is busy with. */
  protected override async deliver(request: Decoded<Control>): Promise<void> {
    const path = joinPath(this.folder, `${FILES.control}${request.id}.json`);
    await this.source.write(path, JSON.stringify(request));
    this.pace();
    void this.poll.refresh(); // What was scheduled before may be a second away.
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
        this.headerWanted = this.apply(lines) || this.headerWanted;
      } catch (error) {
        const fresh = error instanceof MissingFileError && !this.state.started && complete;
        if (fresh && (await this.readHeader())) {
          return news; // A run that has only just been made.
        }
        this.headerWanted = true; // What comes back may be another run.
        throw error;
      }
      if (more) {
        this.emitInPassing();
        await new Promise(resolve => setTimeout(resolve));
      }
    }
    return news;
  }

  /** While a long journal is being read: what there is, from time to time. */
  private emitInPassing(): void {
    if (performance.now() - this.told >= PASSING_MS) {
      this.emit();
      this.told = performance.now();
    }
  }

  /** Whether there is a header; the journal tells enough to go on without one. */
  private async readHeader(): Promise<boolean> {
    let json: string;
    try {
      json = await this.source.text(joinPath(this.folder, FILES.header));
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
    const running = this.problem === null && this.status === 'running';
    const live = this.shown && running;
    const waiting = running && this.asked.length > 0; // also once it was scrolled out of sight
    const writer = newestWriter(this.state.writer, this.header?.writer ?? null);
    const young = writer !== null && this.source.now() - writer.started < YOUNG;
    const following = this.near || young ? ATTENDED_MS : LIVE_MS;
    const interval = waiting ? WAITING_MS : live ? following : RESTING_MS;
    if (this.poll.frequency.interval !== interval) {
      this.poll.frequency = { interval, backoff: true, max: 15_000 };
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
