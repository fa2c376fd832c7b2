/** A growable column of numbers: what a run of a million steps is kept in. */
import { Extremes } from './extremes';

/** A list of numbers in a typed array that doubles when it is full. */
export class Column {
  private array = new Float64Array(256);
  private size = 0;
  private notFinite = 0;
  private notPositive = 0;
  private changes = 0;
  private readonly summaries = new Map<number, Extremes>();

  get length(): number {
    return this.size;
  }

  /** How many of the values are NaN or infinite. */
  get gaps(): number {
    return this.notFinite;
  }

  /** How many of the values have no logarithm though they are finite. */
  get nonPositive(): number {
    return this.notPositive;
  }

  /** Changes when something else than appending happened to the values. */
  get version(): number {
    return this.changes;
  }

  /** The values so far: a view, valid until the next change. */
  get values(): Float64Array {
    return this.array.subarray(0, this.size);
  }

  /** The extremes of its blocks, among the values above `floor`. */
  extremes(floor: number): Extremes {
    let summary = this.summaries.get(floor);
    if (summary === undefined) {
      this.summaries.set(floor, (summary = new Extremes(floor)));
    }
    summary.cover(this.values, this.changes);
    return summary;
  }

  push(value: number): void {
    this.reserve(1);
    this.array[this.size++] = value;
    this.count(value);
  }

  /** Append these values. */
  append(values: readonly number[]): void {
    this.reserve(values.length);
    this.array.set(values, this.size);
    this.size += values.length;
    for (const value of values) {
      this.count(value);
    }
  }

  /** Append one value `times` times, each time `step` more. */
  fill(value: number, times: number, step = 0): void {
    this.reserve(times);
    if (step === 0) {
      this.array.fill(value, this.size, this.size + times);
      this.size += times;
      this.count(value, times);
      return;
    }
    for (let row = 0; row < times; row++) {
      const next = value + row * step;
      this.array[this.size++] = next;
      this.count(next);
    }
  }

  /** Append NaN until the column is as long as its table. */
  pad(length: number): void {
    this.fill(NaN, Math.max(0, length - this.size));
  }

  /** Keep the rows whose number is in `rows`, which ascends. */
  keep(rows: ArrayLike<number>): void {
    const kept = Float64Array.from(rows, row => this.array[row] ?? NaN);
    this.replace(kept);
  }

  /** Hold these values in place of the present ones. */
  replace(values: Float64Array): void {
    if (values.length > this.array.length) {
      this.array = new Float64Array(values.length);
    }
    this.array.set(values);
    this.size = values.length;
    this.notFinite = 0;
    this.notPositive = 0;
    for (const value of values) {
      this.count(value);
    }
    this.changes++;
  }

  private count(value: number, times = 1): void {
    // Of a value that is not finite the difference to itself is NaN; a call would cost more.
    if (value - value !== 0) {
      this.notFinite += times;
    } else if (value <= 0) {
      this.notPositive += times;
    }
  }

  private reserve(more: number): void {
    let length = this.array.length;
    while (this.size + more > length) {
      length *= 2;
    }
    if (length > this.array.length) {
      const wider = new Float64Array(length);
      wider.set(this.array);
      this.array = wider;
    }
  }
}
