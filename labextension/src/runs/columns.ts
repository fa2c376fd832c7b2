/** Growable columns of numbers: what a run of a million steps is kept in. */

/** A list of numbers in a typed array that doubles when it is full. */
export class Column {
  private array = new Float64Array(256);
  private size = 0;
  private missing = 0;

  get length(): number {
    return this.size;
  }

  /** How many of the values are NaN or infinite. */
  get gaps(): number {
    return this.missing;
  }

  /** The values so far: a view, valid until the next change. */
  get values(): Float64Array {
    return this.array.subarray(0, this.size);
  }

  push(value: number): void {
    if (this.size === this.array.length) {
      const wider = new Float64Array(this.size * 2);
      wider.set(this.array);
      this.array = wider;
    }
    this.array[this.size++] = value;
    this.missing += Number.isFinite(value) ? 0 : 1;
  }

  /** Append NaN until the column is as long as its table. */
  pad(length: number): void {
    while (this.size < length) {
      this.push(NaN);
    }
  }

  /** Keep the rows whose number is in `rows`, which ascends. */
  keep(rows: readonly number[]): void {
    let at = 0;
    this.missing = 0;
    for (const row of rows) {
      const value = this.array[row] ?? NaN;
      this.array[at++] = value;
      this.missing += Number.isFinite(value) ? 0 : 1;
    }
    this.size = at;
  }
}

/** The steps of a run, a column each; a metric's column is NaN where a step did not report it. */
export class StepTable {
  readonly step = new Column();
  readonly epoch = new Column();
  readonly batch = new Column();
  /** Where the step sits on an axis of epochs: batch b of epoch e at e - 1 + b / batches; with an unknown number of batches merely in order. */
  readonly x = new Column();
  readonly learningRate = new Column();
  readonly metrics = new Map<string, Column>();

  get length(): number {
    return this.step.length;
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
    for (let row = 0; row < count; row++) {
      const batch = first.batch + row;
      this.step.push(first.step + row);
      this.epoch.push(first.epoch);
      this.batch.push(batch);
      this.x.push(first.epoch - 1 + batch / (batches > 0 ? batches : batch + 1));
      this.learningRate.push((rates.length === 1 ? rates[0] : rates[row]) ?? NaN);
    }
    for (const [name, values] of Object.entries(logs)) {
      let column = this.metrics.get(name);
      if (column === undefined) {
        this.metrics.set(name, (column = new Column()));
      }
      column.pad(before);
      for (const value of values) {
        column.push(value);
      }
    }
    for (const column of this.metrics.values()) {
      column.pad(this.length);
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
    for (const column of [
      this.step,
      this.epoch,
      this.batch,
      this.x,
      this.learningRate,
      ...this.metrics.values()
    ]) {
      column.keep(rows);
    }
  }
}
