/** The runs beside a notebook and those below the root, as a person wants them listed. No DOM. */
import type { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { folderOf } from '../runs/location';
import type { Entry, EntryStatus, Order } from './entry';
import { filtered, ordered, statusOf } from './entry';
import type { RowSource } from './source';

/** Kernels that the page saw restart. */
export interface Restarts {
  restartOf(kernel: string | null): number | null;
  readonly restarted: ISignal<unknown, string>;
}

export type SectionName = 'beside' | 'below';

/** A part of the list. */
export interface Section {
  /** As filtered and ordered. */
  entries: readonly Entry[];
  /** How many there are without the filter. */
  total: number;
  state: 'loading' | 'ready' | 'failed' | 'unavailable';
  /** Why it could not be read. */
  problem: string;
  /** Whether all was looked through. */
  complete: boolean;
}

const EVERY_MS = 4000;

/** A search below the root walks through folders. */
const SEARCH_EVERY = 30;

/** Rows read at a time, where each takes several requests. */
const READ_AT_ONCE = 4;

interface Part {
  entries: Entry[];
  state: Section['state'];
  problem: string;
  complete: boolean;
}

const UNKNOWN: Part = { entries: [], state: 'loading', problem: '', complete: true };

export class ListingModel implements IDisposable {
  private readonly parts: Record<SectionName, Part> = { beside: UNKNOWN, below: UNKNOWN };
  private readonly chosen = new Set<string>();
  private readonly reading = new Set<string>();
  private readonly wanted: Entry[] = [];
  private readonly signal = new Signal<this, void>(this);
  private readonly poll: Poll;
  private besideFolder: string | null = null;
  private filterWords = '';
  private sortOrder: Order = 'newest';
  private searched = -Infinity;
  private asked = 0;
  private shown = false;
  private disposed = false;

  constructor(
    private readonly source: () => Promise<RowSource>,
    private readonly restarts: Restarts,
    private readonly clock: () => number = () => performance.now()
  ) {
    this.poll = new Poll({
      name: 'kresume_nb:runs',
      auto: false,
      factory: () => this.look(),
      frequency: { interval: EVERY_MS, backoff: true, max: 30_000 }
    });
    restarts.restarted.connect(this.emit, this);
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
      this.poll.dispose();
      Signal.clearData(this);
    }
  }

  /** Whether somebody sees the list; only then it is kept fresh. */
  set visible(visible: boolean) {
    this.shown = visible;
    if (visible) {
      void this.poll.start();
      void this.poll.refresh();
    } else {
      void this.poll.stop();
    }
  }

  /** The folder of runs beside the open notebook; null if none is open. */
  get beside(): string | null {
    return this.besideFolder;
  }

  set beside(folder: string | null) {
    if (folder !== this.besideFolder) {
      this.besideFolder = folder;
      this.parts.beside = UNKNOWN;
      this.emit();
      if (this.shown) {
        void this.poll.refresh();
      }
    }
  }

  get filter(): string {
    return this.filterWords;
  }

  set filter(words: string) {
    this.filterWords = words;
    this.emit();
  }

  get order(): Order {
    return this.sortOrder;
  }

  set order(order: Order) {
    this.sortOrder = order;
    this.emit();
  }

  /** Folders of the chosen runs. */
  get selection(): ReadonlySet<string> {
    return this.chosen;
  }

  /** Choose these, and no others. */
  select(folders: Iterable<string>): void {
    const next = [...folders];
    if (next.length !== this.chosen.size || next.some(one => !this.chosen.has(one))) {
      this.chosen.clear();
      next.forEach(one => this.chosen.add(one));
      this.emit();
    }
  }

  /** The chosen runs, in the order of the list. */
  get selected(): Entry[] {
    return [...this.section('beside').entries, ...this.section('below').entries].filter(entry =>
      this.chosen.has(entry.folder)
    );
  }

  section(name: SectionName): Section {
    const part = this.parts[name];
    const own =
      name === 'below'
        ? part.entries.filter(({ folder }) => folderOf(folder) !== this.besideFolder)
        : part.entries;
    const entries = ordered(filtered(own, this.filterWords), this.sortOrder);
    return { ...part, entries, total: own.length };
  }

  status(entry: Entry): EntryStatus {
    return statusOf(entry, kernel => this.restarts.restartOf(kernel));
  }

  /** The run in that folder, if it is listed. */
  find(folder: string): Entry | null {
    const { beside, below } = this.parts;
    return [...beside.entries, ...below.entries].find(one => one.folder === folder) ?? null;
  }

  /** Look again, everywhere; resolves when that is done. */
  async refresh(): Promise<void> {
    this.searched = -Infinity;
    await this.look();
  }

  /** These came into sight: rows that are not known yet are read. */
  show(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.row === null && !this.reading.has(entry.folder)) {
        this.reading.add(entry.folder);
        this.wanted.push(entry);
      }
    }
    for (let free = READ_AT_ONCE; free > 0 && this.wanted.length > 0; free--) {
      void this.readOn();
    }
  }

  private async readOn(): Promise<void> {
    const source = await this.source();
    for (let next = this.wanted.pop(); next && !this.disposed; next = this.wanted.pop()) {
      next.row = await source.read(next);
      this.reading.delete(next.folder);
      this.emit();
    }
  }

  private async look(): Promise<void> {
    const turn = ++this.asked;
    const source = await this.source();
    const beside = this.besideFolder;
    const current = (): boolean => turn === this.asked && beside === this.besideFolder;
    const failures: unknown[] = [];
    try {
      const found = beside === null ? { entries: [], complete: true } : await source.folder(beside);
      this.put('beside', { ...UNKNOWN, ...found, state: 'ready' }, current);
    } catch (error) {
      failures.push(this.failed('beside', error, current));
    }
    if (this.clock() - this.searched > SEARCH_EVERY * 1000) {
      try {
        const found = await source.below();
        const state = found === null ? 'unavailable' : 'ready';
        this.put('below', { ...UNKNOWN, ...found, state }, current);
        this.searched = this.clock();
      } catch (error) {
        failures.push(this.failed('below', error, current));
      }
    }
    if (failures.length > 0) {
      throw failures[0]; // The poll asks less and less often.
    }
  }

  private failed(name: SectionName, error: unknown, current: () => boolean): unknown {
    const problem = error instanceof Error ? error.message : String(error);
    this.put(name, { ...this.parts[name], state: 'failed', problem }, current);
    return error;
  }

  private put(name: SectionName, part: Part, current: () => boolean): void {
    if (this.disposed || !current()) {
      return;
    }
    const before = new Map(this.parts[name].entries.map(entry => [entry.folder, entry]));
    for (const entry of part.entries) {
      // What was read of a run that has not changed since is still right.
      const known = before.get(entry.folder);
      if (entry.row === null && known?.changed === entry.changed) {
        entry.row = known.row;
      }
    }
    this.parts[name] = part;
    const gone = [...this.chosen].filter(folder => this.find(folder) === null);
    gone.forEach(folder => this.chosen.delete(folder));
    this.emit();
  }

  private emit(): void {
    if (!this.disposed) {
      this.signal.emit();
    }
  }
}
