/** The steps of a run in columns, as many as a page can hold. */
import { Column } from './column';

/** The steps of a run, a column each; a metric's column is NaN where a step did not report it. */
export class StepTable {
  readonly step = new Column();
  readonly epoch = new Column();
  readonly batch = new Column();
  /** Where the step sits on an axis of epochs: batch b of epoch e at e - 1 + b / batches; with an unknown number of batches merely in order. */
  readonly x = new Column();
  readonly learningRate = new Column();
  readonly metrics = new Map<string, Column>();
  private coarse = 0;

  /** `most`: how many numbers it may hold before early steps are summarised. */
  constructor(private readonly most = MOST_NUMBERS) {}

  get length(): number {
    return this.step.length;
  }

  /** Up to this step, rows stand for several steps each; 0 while all are held as they were. */
  get summarised(): number {
    return this.coarse;
  }

  /** Add the columns of one `steps` record. */
  append(
    first: { step: number; epoch: number; batch: number },
    count: number,
    logs: Record<string, readonly number[]>,
    rates: readonly number[],
    batches: number
  ): void {
    const before = this.length;
    this.step.fill(first.step, count, 1);
    this.epoch.fill(first.epoch, count);
    this.batch.fill(first.batch, count, 1);
    for (let batch = first.batch; batch < first.batch + count; batch++) {
      this.x.push(first.epoch - 1 + batch / (batches > 0 ? batches : batch + 1));
    }
    if (rates.length === count) {
      this.learningRate.append(rates);
    } else {
      this.learningRate.fill(rates[0] ?? NaN, count);
    }
    for (const [name, values] of Object.entries(logs)) {
      let column = this.metrics.get(name);
      if (column === undefined) {
        this.metrics.set(name, (column = new Column()));
      }
      column.pad(before);
      column.append(values);
    }
    for (const column of this.metrics.values()) {
      column.pad(this.length);
    }
    if (this.length * (PLACES + this.metrics.size) > this.most) {
      this.summarise();
    }
  }

  /** Drop the steps that come after `step`: a resume is about to do them again. */
  dropAfter(step: number): void {
    const rows: number[] = [];
    this.step.values.forEach((number, row) => {
      if (number <= step) {
        rows.push(row);
      }
    });
    if (rows.length === this.length) {
      return;
    }
    for (const column of [...this.places, this.learningRate, ...this.metrics.values()]) {
      column.keep(rows);
    }
    this.coarse = Math.min(this.coarse, step);
  }

  private get places(): Column[] {
    return [this.step, this.epoch, this.batch, this.x];
  }

  /**
   * Hold the first half of the rows in three rows for each eight: what a metric reported lowest,
   * highest, and last or as a gap. The extremes stay exact; those of the first metric stay where
   * they are, those of others may move by less than eight rows.
   */
  private summarise(): void {
    const half = Math.floor(this.length / 2 / GROUP) * GROUP;
    const last = this.step.values[half - 1];
    if (last === undefined) {
      return;
    }
    this.coarse = last;
    const rest = Array.from({ length: this.length - half }, (_, row) => half + row);
    const [leading, ...others] = [...this.metrics.values(), this.learningRate];
    const kept = (column: Column): number[] => {
      const { values } = column;
      const rows: number[] = [];
      for (let start = 0; start < half; start += GROUP) {
        rows.push(...representatives(values, start, start + GROUP));
      }
      return [...rows, ...rest];
    };
    for (const column of others) {
      column.keep(kept(column));
    }
    const rows = kept(leading);
    for (const column of [leading, ...this.places]) {
      column.keep(rows);
    }
  }
}

/** 128 MB: a million steps of a dozen metrics. */
const MOST_NUMBERS = 2 ** 24;

/** Columns that say where a step is, and its learning rate. */
const PLACES = 5;

const GROUP = 8;

/** Three rows of a group, in order: the lowest, the highest, and a gap if there is one, else the last. */
function representatives(values: Float64Array, from: number, to: number): number[] {
  let low = -1;
  let high = -1;
  let gap = -1;
  for (let row = from; row < to; row++) {
    const value = values[row] ?? NaN;
    if (value - value !== 0) {
      gap = gap < 0 ? row : gap;
    } else {
      low = low < 0 || value < (values[low] ?? NaN) ? row : low;
      high = high < 0 || value > (values[high] ?? NaN) ? row : high;
    }
  }
  const rows = new Set([low, high, gap].filter(row => row >= 0));
  for (let row = to - 1; rows.size < 3; row--) {
    rows.add(row);
  }
  return [...rows].sort((a, b) => a - b);
}
