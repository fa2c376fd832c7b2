/** How uPlot draws what stands around the curves: axes, grid, the pointer's line, a chosen stretch. */
import uPlot from 'uplot';

import type { Range } from '../../charts/axis';
import type { AxisKind } from '../../charts/choices';
import { axesOf, LOGARITHMIC, zooming } from '../../charts/scales';
import type { Colours } from '../../ui/theme';
import type { CompareAxis } from '../../protocol';

/** What the labels of the x axis need, in CSS pixels. */
const SPACE = { epoch: 40, step: 48, time: 60 } as const;
/** Beyond the plot on its right. */
export const RIGHT = 20;
/** The axis of one run's charts that has the same kind of numbers. */
export function numbersOf(axis: CompareAxis): AxisKind {
  return axis === 'epoch' ? 'epoch' : axis === 'time' || axis === 'elapsed' ? 'time' : 'step';
}

export interface Frame {
  axis: CompareAxis;
  /** What the x axis is called. */
  name: string;
  log: boolean;
  colours: Colours;
}

export interface Handlers {
  x: () => Range;
  y: () => Range;
  /** A stretch was chosen by dragging; null: all. */
  zoom: (range: Range | null) => void;
  pointer: (u: uPlot) => void;
  paint: (u: uPlot) => void;
}

export function optionsOf(
  { axis, name, log, colours }: Frame,
  size: { width: number; height: number },
  handlers: Handlers
): uPlot.Options {
  const kind = numbersOf(axis);
  const { cursor, setSelect } = zooming(handlers.zoom);
  return {
    ...size,
    padding: [8, RIGHT, 0, 0],
    legend: { show: false },
    cursor: {
      ...cursor,
      y: false,
      points: { show: false }
    },
    scales: {
      x: { time: false, range: () => [...handlers.x()] },
      y: { ...(log ? LOGARITHMIC : {}), range: () => [...handlers.y()] }
    },
    axes: axesOf({ kind, label: name, space: SPACE[kind] }, log, colours),
    series: [{}, { points: { show: false } }],
    hooks: {
      draw: [handlers.paint],
      setCursor: [handlers.pointer],
      setSelect: [setSelect]
    }
  };
}
