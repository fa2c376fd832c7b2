/** Where things lie on a chart's x axis, which counts epochs, steps or seconds of training: pure. */
import type { Position } from '../protocol';
import type { EpochRow, RunState } from '../runs/fold';
import type { AxisKind } from './choices';
import { TimedState } from '../runs/clock';

export type Range = readonly [number, number];

/** The axis of a run as it stood when this was made. */
export interface Axis {
  kind: AxisKind;
  /** Of each row of the step table. */
  steps: Float64Array;
  epoch: (row: EpochRow) => number;
  position: (position: Position) => number;
  /** Of an element of `RunState.resumes`. */
  resume: (index: number) => number;
}

/** The axis that was chosen; one of epochs if this state does not know times. */
export function axisOf(state: RunState, kind: AxisKind): Axis {
  const resumed = (at: (position: Position) => number) => (index: number) => {
    const position = state.resumes[index];
    return position === undefined ? 0 : at(position);
  };
  if (kind === 'step') {
    const at = ({ step }: Position): number => step;
    return {
      kind,
      steps: state.steps.step.values,
      epoch: row => row.step,
      position: at,
      resume: resumed(at)
    };
  }
  if (kind === 'time' && state instanceof TimedState) {
    const { clock } = state;
    const numbers = state.steps.step.values;
    const steps = clock.ofSteps(state.steps.step);
    return {
      kind,
      steps,
      epoch: row => clock.ofEpoch(row.epoch),
      position: ({ step, epoch }) => steps[firstAbove(numbers, step) - 1] ?? clock.ofEpoch(epoch),
      resume: index => clock.restarts[index] ?? 0
    };
  }
  const at = ({ epoch, batch }: Position): number =>
    epoch + (state.batches > 0 ? batch / state.batches : 0);
  return {
    kind: 'epoch',
    steps: state.steps.x.values,
    epoch: row => row.epoch,
    position: at,
    resume: resumed(at)
  };
}

/** From the beginning of the run to where it stands; whole epochs while they are few. */
export function extentOf(state: RunState, axis: Axis): Range {
  const { steps } = axis;
  const [first, last] = [state.rows[0], state.rows[state.rows.length - 1]];
  const from = Math.min(steps[0] ?? Infinity, first === undefined ? Infinity : axis.epoch(first));
  const to = Math.max(
    steps[steps.length - 1] ?? -Infinity,
    last === undefined ? -Infinity : axis.epoch(last)
  );
  if (!(from <= to)) {
    return [0, 1];
  }
  if (axis.kind !== 'epoch') {
    return [0, to > 0 ? to : 1];
  }
  const start = Math.max(0, Math.floor(from));
  const end = to < 50 ? Math.ceil(to - 1e-9) : to;
  return [start === 1 ? 0 : start, Math.max(end, start + 1)];
}

/** Index of the first of ascending values that is greater than `x`. */
export function firstAbove(values: Float64Array, x: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) > x) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}
