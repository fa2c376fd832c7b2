/** How uPlot draws what stands around the curves: axes, grid, the pointer's line, a chosen stretch. */
import uPlot from 'uplot';

import type { Range } from '../charts/axis';
import type { AxisKind } from '../charts/choices';
import { axesOf, LEAST_DRAG, LOGARITHMIC } from '../charts/scales';
import type { Colours } from '../charts/theme';
import type { CompareAxis } from '../protocol';

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
  return {
    ...size,
    padding: [8, RIGHT, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: true, y: false, setScale: false, dist: LEAST_DRAG },
      bind: {
        dblclick: () => () => {
          handlers.zoom(null);
          return null;
        }
      }
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
      setSelect: [
        u => {
          const { left, width } = u.select;
          if (width >= LEAST_DRAG) {
            handlers.zoom([u.posToVal(left, 'x'), u.posToVal(left + width, 'x')]);
          }
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        }
      ]
    }
  };
}

/** Padded a little, and never of no height. */
export function yRange(values: Range | null, log: boolean): Range {
  if (values === null) {
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
