/** What stands around a chart's curves, whatever they are: its two axes and the logarithmic scale. */
import type uPlot from 'uplot';

import type { AxisKind } from './choices';
import { formatTicks, formatValue } from './format';
import type { Colours } from './theme';
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
