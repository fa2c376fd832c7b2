/** How uPlot is to draw a chart: axes, scales and lines. */
import type { TranslationBundle } from '@jupyterlab/translation';
import uPlot from 'uplot';

import { formatTicks } from './format';
import type { ChartLines } from './lines';
import { xRange } from './lines';
import type { ChartPlan } from './plan';
import type { Colours } from './theme';

/** Wide enough for `−1.25e-3`; the same for all charts, so that their x axes line up. */
export const Y_AXIS = 56;

/** With more epochs than this, a point for each would cover the line. */
const MOST_POINTS = 60;

const EPOCH_STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000
];

export interface Drawing {
  plan: ChartPlan;
  colours: Colours;
  trans: TranslationBundle;
  /** How many epochs the chart shows now. */
  epochs: () => number;
}

export function optionsOf(
  { plan, colours, trans, epochs }: Drawing,
  size: { width: number; height: number },
  hooks: uPlot.Hooks.Arrays
): uPlot.Options {
  const { text, grid, axis, font, training, trainingLight, validation, rate } = colours;
  const isRate = plan.kind === 'learning-rate';
  const frame = {
    stroke: text,
    font,
    border: { show: true, stroke: axis, width: 1 },
    ticks: { stroke: axis, width: 1, size: 4 }
  };
  const epochLine = (stroke: string): uPlot.Series => ({
    stroke,
    width: 1.75,
    points: { show: () => epochs() <= MOST_POINTS, size: 5, width: 1, stroke, fill: stroke }
  });
  return {
    ...size,
    padding: [8, 10, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false },
      points: { size: 6, width: 1 }
    },
    scales: {
      x: { time: false, range: (_, min, max) => xRange(min, max) },
      y: { range: (_, min, max) => yRange(min, max) }
    },
    axes: [
      {
        ...frame,
        size: 20,
        gap: 3,
        label: trans.__('epoch'),
        labelSize: 15,
        labelGap: 1,
        labelFont: font,
        space: 36,
        grid: { show: false },
        incrs: EPOCH_STEPS,
        values: (_, ticks) => ticks.map(String)
      },
      {
        ...frame,
        size: Y_AXIS,
        gap: 4,
        space: 28,
        grid: { stroke: grid, width: 1 },
        values: (_, ticks) => formatTicks(ticks)
      }
    ],
    series: [
      {},
      isRate ? rateLine(rate) : { stroke: trainingLight, width: 1, points: { show: false } },
      ...(isRate ? [] : [epochLine(training), epochLine(validation)])
    ],
    hooks
  };
}

/** One x axis for all lines; a line has no value (not even a gap) where only another has one. */
export function aligned(
  plan: ChartPlan,
  { steps, epochs, validation }: ChartLines
): uPlot.AlignedData {
  if (plan.kind === 'learning-rate') {
    return [steps.x, steps.y];
  }
  return uPlot.join([
    [steps.x, steps.y],
    [epochs.x, epochs.y],
    [validation?.x ?? [], validation?.y ?? []]
  ]);
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
