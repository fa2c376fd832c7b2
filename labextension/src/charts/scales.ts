/** What stands around a chart's curves, whatever they are: its axes and scales, and how one zooms. */
import type uPlot from 'uplot';

import type { Range } from './axis';
import type { AxisKind } from './choices';
import { formatTicks, formatValue } from '../ui/numbers';
import type { Colours } from '../ui/theme';
import { increments, logTicks, xLabels } from './ticks';

/** Wide enough for `−1.25e-3`; the same for all charts, so that their x axes line up. */
export const Y_AXIS = 56;

/** A drag shorter than this is a click, in CSS pixels. */
export const LEAST_DRAG = 6;

// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- isolated modules cannot name a declared enum's member
export const LOGARITHMIC: uPlot.Scale = { distr: 3 };

/** The x axis: which numbers it counts, what it is called, and the room that a label needs in CSS pixels. */
export interface XAxis {
  kind: AxisKind;
  label: string;
  space: number;
}

/** The x axis and the y axis. */
export function axesOf(
  { kind, label, space }: XAxis,
  log: boolean,
  { text, grid, font, axis }: Colours
): uPlot.Axis[] {
  const frame = {
    stroke: text,
    font,
    border: { show: true, stroke: axis, width: 1 },
    ticks: { stroke: axis, width: 1, size: 4 }
  };
  return [
    {
      ...frame,
      size: 20,
      gap: 3,
      label,
      labelSize: 15,
      labelGap: 1,
      labelFont: font,
      space,
      grid: { show: false },
      incrs: (_, __, min, max) => increments(kind, max - min),
      values: (_, ticks) => xLabels(kind, ticks)
    },
    {
      ...frame,
      size: Y_AXIS,
      gap: 4,
      space: 28,
      grid: { stroke: grid, width: 1 },
      ...(log
        ? {
            splits: (u, _, min, max) => logTicks(min, max, Math.max(2, u.height / 28)),
            filter: (_, ticks) => ticks,
            values: (_, ticks) => ticks.map(formatValue)
          }
        : { values: (_, ticks) => formatTicks(ticks) })
    }
  ];
}

/** The y axis for these values: padded a little, and never of no height. */
export function padded(values: Range | null, log: boolean): Range {
  if (values === null || (log && values[0] <= 0)) {
    return log ? [0.1, 1] : [0, 1];
  }
  const [min, max] = values;
  if (log) {
    const pad = Math.max(1.05, (max / min) ** 0.06);
    return [min / pad, max * pad];
  }
  const pad = (max - min) * 0.06 || Math.abs(max) * 0.1 || 0.5;
  return [min >= 0 && min - pad < 0 ? 0 : min - pad, max + pad];
}

/** A stretch of the x axis is chosen by dragging, all of it (null) by a double click. */
export function zooming(zoom: (range: Range | null) => void): {
  cursor: Pick<uPlot.Cursor, 'drag' | 'bind'>;
  setSelect: (u: uPlot) => void;
} {
  return {
    cursor: {
      drag: { x: true, y: false, setScale: false, dist: LEAST_DRAG },
      bind: {
        dblclick: () => () => {
          zoom(null);
          return null;
        }
      }
    },
    setSelect: u => {
      const { left, width } = u.select;
      if (width >= LEAST_DRAG) {
        zoom([u.posToVal(left, 'x'), u.posToVal(left + width, 'x')]);
      }
      u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    }
  };
}
