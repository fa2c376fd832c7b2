/** How uPlot is to draw a chart: axes, scales and lines. */
import type { TranslationBundle } from '@jupyterlab/translation';
import uPlot from 'uplot';

import type { AxisKind } from './choices';
import type { ChartLine, LineKey } from './lines';
import type { ChartPlan } from './plan';
import type { Colours } from '../ui/theme';
import { axesOf, LOGARITHMIC, padded, zooming } from './scales';

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
  const { cursor, setSelect } = zooming(handlers.zoom);
  return {
    ...size,
    padding: [8, AXIS_ROOM[axis].right, 0, 0],
    legend: { show: false },
    cursor: {
      ...cursor,
      y: false,
      points: { size: 6, width: 1 }
    },
    scales: {
      x: { time: false, range: () => [...handlers.range()] },
      y: {
        ...(log ? LOGARITHMIC : {}),
        // Both are null where nothing is drawn, whatever uPlot's types say.
        range: (_, min: number | null, max: number | null) => [
          ...padded(min === null || max === null ? null : [min, max], log)
        ]
      }
    },
    axes: axesOf(
      { kind: axis, label: axisName(axis, trans), space: AXIS_ROOM[axis].space },
      log,
      colours
    ),
    series: [{}, ...seriesOf(drawing, handlers.epochs)],
    hooks: {
      drawAxes: [handlers.marks],
      draw: [handlers.gaps],
      setCursor: [handlers.pointer],
      setSelect: [setSelect]
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
