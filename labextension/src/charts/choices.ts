/** How a person wants to see the charts of a run: pure. */

export const AXES = ['epoch', 'step', 'time'] as const;
export const SCALES = ['linear', 'log'] as const;
export const SMOOTHINGS = [0, 0.6, 0.9] as const;

export type AxisKind = (typeof AXES)[number];
export type Scale = (typeof SCALES)[number];
export type Smoothing = (typeof SMOOTHINGS)[number];
export type Zoom = readonly [number, number];

export interface Choices {
  /** What the x axis counts. */
  readonly axis: AxisKind;
  /** Of the y axis of losses. */
  readonly scale: Scale;
  /** Weight of the past in the moving average; 0 for none. */
  readonly smoothing: Smoothing;
  /** The part of the x axis that is shown, in its unit; null for all. */
  readonly zoom: Zoom | null;
  /** Keys of the lines that are switched off. */
  readonly hidden: readonly string[];
  /** The metrics that a chart is wanted of; null for what a run shows at first. */
  readonly metrics: readonly string[] | null;
}

export const PLAIN: Choices = {
  axis: 'epoch',
  scale: 'linear',
  smoothing: 0,
  zoom: null,
  hidden: [],
  metrics: null
};

/** More lines than a panel has; what is stored may not grow. */
const MOST_HIDDEN = 64;
const MOST_METRICS = 64;
const LONGEST_NAME = 2000;

/** A zoom shows no less than this share of the run. */
const SMALLEST = 1e-6;

/** Another axis has another unit, so a zoom ends. */
export function withAxis(choices: Choices, axis: AxisKind): Choices {
  return axis === choices.axis ? choices : { ...choices, axis, zoom: null };
}

/** Switch a line off, or on again. */
export function toggled(choices: Choices, line: string): Choices {
  const others = choices.hidden.filter(one => one !== line);
  const hidden = others.length < choices.hidden.length ? others : [...others, line];
  return { ...choices, hidden: hidden.slice(-MOST_HIDDEN) };
}

/** What a zoom shows of `extent`, all of the run; null if nothing less than all. */
export function within(zoom: Zoom | null, extent: Zoom): Zoom | null {
  if (zoom === null || !(zoom[0] < zoom[1])) {
    return null;
  }
  const from = Math.max(zoom[0], extent[0]);
  const to = Math.min(zoom[1], extent[1]);
  return to - from < SMALLEST * (extent[1] - extent[0]) || (from === extent[0] && to === extent[1])
    ? null
    : [from, to];
}

/** Zoom around the middle of what is shown: `factor` of its width. */
export function scaled(zoom: Zoom | null, extent: Zoom, factor: number): Zoom | null {
  const [from, to] = within(zoom, extent) ?? extent;
  const half = ((to - from) * factor) / 2;
  const middle = (from + to) / 2;
  return half * 2 < SMALLEST * 10 * (extent[1] - extent[0])
    ? zoom
    : within([middle - half, middle + half], extent);
}

/** Move what is shown by a share of its width, as far as there is something. */
export function moved(zoom: Zoom | null, extent: Zoom, share: number): Zoom | null {
  const shown = within(zoom, extent);
  if (shown === null) {
    return null;
  }
  const [from, to] = shown;
  const by = Math.min(extent[1] - to, Math.max(extent[0] - from, share * (to - from)));
  return [from + by, to + by];
}

/** Choices as they were stored; whatever is not one is left out. */
export function decodeChoices(stored: unknown): Choices {
  const { axis, scale, smoothing, zoom, hidden, metrics } = (
    typeof stored === 'object' && stored !== null ? stored : {}
  ) as Partial<Record<keyof Choices, unknown>>;
  return {
    axis: AXES.find(one => one === axis) ?? PLAIN.axis,
    scale: SCALES.find(one => one === scale) ?? PLAIN.scale,
    smoothing: SMOOTHINGS.find(one => one === smoothing) ?? PLAIN.smoothing,
    zoom: isZoom(zoom) ? zoom : null,
    hidden: textsIn(hidden)?.slice(-MOST_HIDDEN) ?? [],
    metrics: textsIn(metrics)?.slice(0, MOST_METRICS) ?? null
  };
}

function textsIn(value: unknown): string[] | null {
  return Array.isArray(value)
    ? value.filter((one): one is string => typeof one === 'string' && one.length <= LONGEST_NAME)
    : null;
}

function isZoom(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every(Number.isFinite);
}
