/** The points of a chart's lines, from the state of a run: pure. */
import type { Extremes } from '../runs/extremes';
import type { EpochRow, RunState } from '../runs/fold';
import type { Axis, Range } from './axis';
import { firstAbove } from './axis';
import { downsample } from './downsample';
import type { ChartPlan } from './plan';
import { smoothed, weightFor } from './smoothing';

export type LineKey = 'steps' | 'epochs' | 'validation';

/** All that there is to one line of a chart; made once each time that the run has grown. */
export interface Track {
  key: LineKey;
  /** Ascending. */
  x: Float64Array;
  /** Every value as it was. */
  values: Float64Array;
  /** Those above it can be drawn. */
  floor: number;
  /** Of `values`, where they are many. */
  extremes: Extremes | null;
  smooth: Float64Array | null;
  /** Where the first value begins to hold, if not at its own place. */
  lead: number | null;
  /** Number of the epoch, or row of the step table, that a point stands for; -1 for neither. */
  source: (row: number) => number;
}

export interface Tracks {
  tracks: Track[];
  /** How many values are NaN or infinite, over all steps and epochs. */
  gaps: number;
  /** How many values are zero or below, where only positive ones can be drawn. */
  nonPositive: number;
}

/** Points to draw; null is a gap. */
export interface Line {
  x: number[];
  y: (number | null)[];
  /** Of the track. */
  rows: number[];
}

export interface ChartLine {
  track: Track;
  raw: Line;
  smooth: Line | null;
}

/** How a chart wants its lines; `smoothing` is the weight of the past, 0 for none. */
export interface Look {
  smoothing: number;
  log: boolean;
}

/** The lines of `plan`, in full. */
export function tracksOf(state: RunState, plan: ChartPlan, axis: Axis, look: Look): Tracks {
  const rate = plan.kind === 'learning-rate';
  const { smoothing, log } = { ...look, ...(rate ? { smoothing: 0 } : {}) };
  const column = rate ? state.steps.learningRate : state.steps.metrics.get(plan.metric);
  let gaps = column?.gaps ?? 0;
  let nonPositive = log ? (column?.nonPositive ?? 0) : 0;
  const floor = log ? 0 : -Infinity;
  const track = (
    key: LineKey,
    x: Float64Array,
    values: Float64Array,
    source: Track['source']
  ): Track => {
    // An epoch's value is a mean over its steps already.
    const weight = key === 'epochs' ? 0 : weightFor(smoothing, values.length);
    const smooth = weight > 0 ? smoothed(values, weight) : null;
    return { key, x, values, floor, extremes: null, smooth, lead: null, source };
  };
  const ofEpochs = (key: LineKey, name: string): Track => {
    const having = state.rows.filter(row => name in row.logs);
    const values = Float64Array.from(having, row => row.logs[name] ?? NaN);
    gaps += values.reduce((sum, value) => sum + (Number.isFinite(value) ? 0 : 1), 0);
    nonPositive += log ? countNonPositive(values) : 0;
    return track(
      key,
      Float64Array.from(having, axis.epoch),
      values,
      row => having[row]?.epoch ?? -1
    );
  };
  const values = column?.values ?? new Float64Array(0);
  const x = axis.steps.subarray(0, values.length);
  const extremes = column?.extremes(floor) ?? null;
  const steps: Track = { ...track('steps', x, values, row => row), extremes };
  if (rate) {
    return { tracks: [withEarlierRates(steps, state, axis)], gaps, nonPositive };
  }
  const tracks = [steps, ofEpochs('epochs', plan.metric)];
  if (plan.validation !== null) {
    tracks.push(ofEpochs('validation', plan.validation));
  }
  return { tracks, gaps, nonPositive };
}

/** What of them to draw on a plot of `width` pixels that shows `range`. */
export function linesOf({ tracks }: Tracks, range: Range, width: number): ChartLine[] {
  return tracks.map(track => {
    const { x, values, floor, extremes, smooth, lead } = track;
    // One point more on either side: the line goes on beyond the edge.
    const from = Math.max(0, firstAbove(x, range[0]) - 1);
    const to = Math.min(x.length, firstAbove(x, range[1]) + 1);
    const line = (y: Float64Array, summary: Extremes | null): Line => {
      const rows = downsample({ x, y, from, to, edges: range, floor, extremes: summary }, width);
      const places = rows.map(row => x[row] ?? 0);
      if (lead !== null && rows[0] === 0) {
        rows.unshift(0);
        places.unshift(lead);
      }
      return { x: places, y: rows.map(row => drawable(y[row], floor)), rows };
    };
    return {
      track,
      raw: line(values, extremes),
      smooth: smooth === null ? null : line(smooth, null)
    };
  });
}

/** Epochs that were copied from a parent run have no steps here, but a rate each. */
function withEarlierRates(steps: Track, state: RunState, axis: Axis): Track {
  const first = steps.x[0] ?? Infinity;
  const earlier: EpochRow[] = state.rows.filter(row => axis.epoch(row) < first);
  if (earlier.length === 0) {
    // The rate of the first step of all holds from the run's start on.
    return state.steps.step.values[0] === 1 && first > 0 ? { ...steps, lead: 0 } : steps;
  }
  const values = joined(
    Float64Array.from(earlier, row => row.learning_rate),
    steps.values
  );
  return {
    ...steps,
    x: joined(Float64Array.from(earlier, axis.epoch), steps.x),
    values,
    extremes: null,
    source: row => (row < earlier.length ? -1 : steps.source(row - earlier.length))
  };
}

function joined(head: Float64Array, tail: Float64Array): Float64Array {
  const whole = new Float64Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}

/** How many values have no logarithm though they are finite. */
function countNonPositive(values: Float64Array): number {
  let count = 0;
  for (const value of values) {
    if (value <= 0 && value > -Infinity) {
      count++;
    }
  }
  return count;
}

function drawable(value: number | undefined, floor: number): number | null {
  return value !== undefined && value > floor && value < Infinity ? value : null;
}
