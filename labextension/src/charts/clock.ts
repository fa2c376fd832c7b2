/** When each step was done, in seconds of training: the time between a kill and a resume is cut out. */
import type { JournalEvent } from '../protocol';
import type { Decoded } from '../runs/values';
import { Column } from '../runs/columns';
import { RunState } from '../runs/fold';

/** A run that also keeps time. */
export class TimedState extends RunState {
  readonly clock = new Clock();

  override apply(event: Decoded<JournalEvent>): void {
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
          reach(event.time);
        }
        this.ends.set(event.epoch, this.now);
        break;
    }
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
