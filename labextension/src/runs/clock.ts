/** When each step was done, in seconds of training: the time between a kill and a resume is cut out. */
import type { JournalEvent, Position, Status } from '../protocol';
import type { Decoded } from './values';
import { Column } from './column';
import { RunState } from './fold';

/** Training ended, and was taken up again later. */
export interface Interruption {
  /** How far training had come. */
  reached: Position;
  /** What the files said then: "running" if the process died without a word. */
  how: Status;
  /** For how long nothing trained. */
  seconds: number;
}

/** What "lately" means: at least so long, and at least so much. */
const LATELY = { seconds: 15, chunks: 5, epochs: 5 };

export interface Pace {
  /** Steps per second, within epochs. */
  rate: number;
  /** Seconds that the end of an epoch takes, validation included. */
  closing: number;
}

/** A run that also keeps time. */
export class TimedState extends RunState {
  readonly clock = new Clock();
  /** In the order of `resumes`. */
  readonly interruptions: Interruption[] = [];

  override apply(event: Decoded<JournalEvent>): void {
    if (event.type === 'start' && event.resumed) {
      const { position: reached, status: how, updated, started } = this;
      const seconds = started ? Math.max(0, event.time - updated) : 0;
      this.interruptions.push({ reached, how, seconds });
    }
    super.apply(event);
    this.clock.add(event, this.before - this.began);
  }
}

/**
 * The journal tells when a chunk of steps was written; within a chunk, steps are taken to have been
 * equally long. Time never goes back, whatever the computer's clock does.
 */
export class Clock {
  /** When each resume began, in the order of `RunState.resumes`. */
  readonly restarts: number[] = [];
  private readonly first = new Column();
  private readonly last = new Column();
  private readonly since = new Column();
  private readonly until = new Column();
  private readonly ends = new Map<number, number>();
  /** Of the epochs that were copied from a parent run: this run's own time comes after them. */
  private inherited = 0;
  private now = 0;
  /** The first chunk of the process that trains. */
  private fresh = 0;
  /** Seconds from the last step to the end of each of its epochs: validation, for the most part. */
  private closings: number[] = [];
  /** Of the steps asked for last; only those that came since need to be worked out. */
  private times = new Column();
  private chunk = 0;
  private timed = -1;
  private cut = -1;

  /** Add one event; its time and `offset` make seconds of training. */
  add(event: Decoded<JournalEvent>, offset: number): void {
    const reach = (time: number): number =>
      (this.now = Math.max(this.now, this.inherited + time + offset));
    switch (event.type) {
      case 'start':
        if (event.resumed) {
          this.dropAfter(event.position.step);
          this.restarts.push(reach(event.time));
        }
        this.fresh = this.first.length;
        this.closings = [];
        break;
      case 'steps':
        this.first.push(event.step);
        this.last.push(event.step + event.count - 1);
        this.since.push(this.now);
        this.until.push(reach(event.time));
        break;
      case 'epoch':
        if (event.inherited) {
          this.inherited += Math.max(0, event.seconds);
          this.now = Math.max(this.now, this.inherited);
        } else {
          const since = this.now;
          this.closings = [...this.closings.slice(1 - LATELY.epochs), reach(event.time) - since];
        }
        this.ends.set(event.epoch, this.now);
        break;
    }
  }

  /**
   * How fast the process that trains has lately been, pauses and dead time left out; null before it
   * can be told.
   */
  pace(): Pace | null {
    const [first, last] = [this.first.values, this.last.values];
    const [since, until] = [this.since.values, this.until.values];
    let steps = 0;
    let seconds = 0;
    // Its very first chunk holds what a process does once: tracing, compiling.
    const oldest = this.first.length - this.fresh > 1 ? this.fresh + 1 : this.fresh;
    for (let chunk = first.length - 1; chunk >= oldest; chunk--) {
      if (seconds >= LATELY.seconds && first.length - chunk > LATELY.chunks) {
        break;
      }
      steps += (last[chunk] ?? 0) - (first[chunk] ?? 0) + 1;
      seconds += (until[chunk] ?? 0) - (since[chunk] ?? 0);
    }
    const sorted = [...this.closings].sort((a, b) => a - b);
    return seconds > 0 ? { rate: steps / seconds, closing: sorted[sorted.length >> 1] ?? 0 } : null;
  }

  /** When these steps were done; their numbers ascend. A view, valid until the next call. */
  ofSteps(steps: Column): Float64Array {
    if (steps.version !== this.timed || this.first.version !== this.cut) {
      this.timed = steps.version;
      this.cut = this.first.version;
      this.times = new Column();
      this.chunk = 0;
    }
    const { times } = this;
    const numbers = steps.values;
    const [first, last] = [this.first.values, this.last.values];
    const [since, until] = [this.since.values, this.until.values];
    for (let row = times.length; row < numbers.length; row++) {
      const step = numbers[row] ?? 0;
      // A chunk that a resume cut short still reaches beyond the next one's first step.
      while (this.chunk + 1 < first.length && (first[this.chunk + 1] ?? 0) <= step) {
        this.chunk++;
      }
      const [from, to] = [since[this.chunk] ?? 0, until[this.chunk] ?? 0];
      const before = (first[this.chunk] ?? 0) - 1;
      const share = (step - before) / ((last[this.chunk] ?? 0) - before);
      times.push(from + (to - from) * Math.min(1, Math.max(0, share)));
    }
    return times.values;
  }

  /** When an epoch ended, its validation included. */
  ofEpoch(epoch: number): number {
    return this.ends.get(epoch) ?? 0;
  }

  private dropAfter(step: number): void {
    const kept: number[] = [];
    this.first.values.forEach((first, row) => {
      if (first <= step) {
        kept.push(row);
      }
    });
    for (const column of [this.first, this.last, this.since, this.until]) {
      column.keep(kept);
    }
  }
}
