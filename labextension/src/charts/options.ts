/** How uPlot is to draw a chart: axes, scales and lines. */
import type { TranslationBundle } from '@jupyterlab/translation';
import uPlot from 'uplot';

import type { AxisKind } from './choices';
import { formatTicks, formatValue } from './format';
import type { ChartLine, LineKey } from './lines';
import type { ChartPlan } from './plan';
import type { Colours } from './theme';
import { increments, logTicks, xLabels } from './ticks';

/** Wide enough for `−1.25e-3`; the same for all charts, so that their x axes line up. */
export const Y_AXIS = 56;

/** With more epochs than this, a point for each would cover the line. */
const MOST_POINTS = 60;

/** What the labels of the x axis need, in CSS pixels: from one to the next, and beyond the last. */
const AXIS_ROOM = {
  epoch: { space: 36, right: 10 },
  step: { space: 44, right: 14 },
  time: { space: 56, right: 20 }
} as const;

/** What is beyond the plot on its right, in CSS pixels. */
export function axisRoom(axis: AxisKind): number {
  return AXIS_ROOM[axis].right;
}

/** A drag shorter than this is a click, in CSS pixels. */
const LEAST_DRAG = 6;

// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- isolated modules cannot name a declared enum's member
const LOGARITHMIC: uPlot.Scale = { distr: 3 };

/** What a chart is made for; another look needs another uPlot. */
export interface Drawing {
  plan: ChartPlan;
  colours: Colours;
  trans: TranslationBundle;
  axis: AxisKind;
  log: boolean;
  lines: readonly LineKey[];
  /** Those of them that have an average. */
  smooth: readonly LineKey[];
  hidden: ReadonlySet<LineKey>;
}

/** What the chart asks, and tells, whoever made it. */
export interface Handlers {
  /** How many epochs are in sight. */
  epochs: () => number;
  /** What the x axis shows. */
  range: () => readonly [number, number];
  /** A part of it was chosen by dragging; null: all of it. */
  zoom: (range: readonly [number, number] | null) => void;
  pointer: (u: uPlot) => void;
  /** Below the lines, and above them. */
  marks: (u: uPlot) => void;
  gaps: (u: uPlot) => void;
}

export function optionsOf(
  drawing: Drawing,
  size: { width: number; height: number },
  handlers: Handlers
): uPlot.Options {
  const { colours, trans, axis, log } = drawing;
  const { text, grid, font } = colours;
  const frame = {
    stroke: text,
    font,
    border: { show: true, stroke: colours.axis, width: 1 },
    ticks: { stroke: colours.axis, width: 1, size: 4 }
  };
  return {
    ...size,
    padding: [8, AXIS_ROOM[axis].right, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false, dist: LEAST_DRAG },
      points: { size: 6, width: 1 },
      bind: {
        dblclick: () => () => {
          handlers.zoom(null);
          return null;
        }
      }
    },
    scales: {
      x: { time: false, range: () => [...handlers.range()] },
      y: {
        ...(log ? LOGARITHMIC : {}),
        range: (_, min, max) => (log ? logRange : yRange)(min, max)
      }
    },
    axes: [
      {
        ...frame,
        size: 20,
        gap: 3,
        label: axisName(axis, trans),
        labelSize: 15,
        labelGap: 1,
        labelFont: font,
        space: AXIS_ROOM[axis].space,
        grid: { show: false },
        incrs: (_, __, min, max) => increments(axis, max - min),
        values: (_, ticks) => xLabels(axis, ticks)
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
    ],
    series: [{}, ...seriesOf(drawing, handlers.epochs)],
    hooks: {
      drawAxes: [handlers.marks],
      draw: [handlers.gaps],
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

/** What the x axis counts. */
export function axisName(axis: AxisKind, trans: TranslationBundle): string {
  switch (axis) {
    case 'epoch':
      return trans.__('epoch');
    case 'step':
      return trans.__('step');
    case 'time':
      return trans.__('training time');
  }
}

/** One x axis for all lines; a line has no value (not even a gap) where only another has one. */
export function aligned(lines: readonly ChartLine[]): uPlot.AlignedData {
  const drawn = [...lines.map(({ raw }) => raw), ...lines.flatMap(({ smooth }) => smooth ?? [])];
  const [first, ...others] = drawn.map(({ x, y }): [number[], (number | null)[]] => [x, y]);
  return first === undefined || others.length === 0
    ? (first ?? [[], []])
    : uPlot.join([first, ...others]);
}

/** The lines as they are, then the averages of those that have one. */
function seriesOf(
  { plan, colours, lines, smooth, hidden }: Drawing,
  epochs: () => number
): uPlot.Series[] {
  const { training, trainingLight, trainingFaint, validation, validationFaint, rate } = colours;
  const few = (): boolean => epochs() <= MOST_POINTS;
  const perEpoch = (stroke: string, width: number): uPlot.Series => ({
    stroke,
    width,
    points: { show: few, size: 5, width: 1, stroke, fill: stroke }
  });
  const raw = (key: LineKey): uPlot.Series => {
    const behind = smooth.includes(key);
    switch (key) {
      case 'steps':
        return plan.kind === 'learning-rate'
          ? rateLine(rate)
          : { stroke: behind ? trainingFaint : trainingLight, width: 1, points: { show: false } };
      case 'epochs':
        return perEpoch(training, 1.75);
      case 'validation':
        return behind ? perEpoch(validationFaint, 1) : perEpoch(validation, 1.75);
    }
  };
  const average = (key: LineKey): uPlot.Series => ({
    stroke: key === 'steps' ? trainingLight : validation,
    width: 1.75,
    points: { show: false }
  });
  const shown = (key: LineKey): { show: boolean } => ({ show: !hidden.has(key) });
  return [
    ...lines.map(key => ({ ...raw(key), ...shown(key) })),
    ...smooth.map(key => ({ ...average(key), ...shown(key) }))
  ];
}

/** A rate holds for the whole of its step. */
function rateLine(stroke: string): uPlot.Series {
  const paths = uPlot.paths.stepped?.({ align: -1 });
  return { stroke, width: 1.5, points: { show: false }, ...(paths === undefined ? {} : { paths }) };
}

/** Padded a little, and never of no height. */
function yRange(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null) {
    return [0, 1];
  }
  const pad = (max - min) * 0.06 || Math.abs(max) * 0.1 || 0.5;
  return [min >= 0 && min - pad < 0 ? 0 : min - pad, max + pad];
}

/** The same on a logarithmic scale. */
function logRange(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null || min <= 0) {
    return [0.1, 1];
  }
  const pad = Math.max(1.05, (max / min) ** 0.06);
  return [min / pad, max * pad];
}
