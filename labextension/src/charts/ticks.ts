/** Where the ticks of an axis are and what they say: pure. */
import type { AxisKind } from './choices';
import { formatValue } from '../ui/numbers';

const NICE = [1, 2, 5];

/** Distances of ticks on an axis that shows `span` of its unit, the finest first. */
export function increments(kind: AxisKind, span: number): number[] {
  switch (kind) {
    case 'epoch':
      // Parts of an epoch only where not even two whole ones are in sight.
      return decades(span < 2 ? -4 : 0, 9);
    case 'step':
      return decades(0, 12);
    case 'time':
      return [
        ...decades(-3, -1),
        ...[1, 2, 5, 10, 15, 30],
        ...[1, 2, 5, 10, 15, 30].map(minutes => minutes * 60),
        ...[1, 2, 3, 6, 12].map(hours => hours * 3600),
        ...decades(0, 5).map(days => days * 86_400)
      ];
  }
}

/** Labels of ticks on the x axis. */
export function xLabels(kind: AxisKind, ticks: readonly number[]): string[] {
  if (kind === 'time') {
    const whole = ticks.every(tick => Number.isInteger(tick));
    return ticks.map(tick => (whole ? clock(tick) : `${formatValue(tick)} s`));
  }
  return ticks.map(tick => compact(tick));
}

/** Seconds as a clock shows them: `0:07`, `12:30`, `3:05:00`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [
    Math.floor(whole / 3600),
    Math.floor((whole % 3600) / 60),
    whole % 60
  ];
  const two = (number: number): string => String(number).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** Multiples of a power of ten that a logarithmic axis may have ticks at, the finest first. */
const FACTORS = [[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 5], NICE, [1, 3]];

/** Ticks of a logarithmic axis that has room for `most` at even distances. */
export function logTicks(from: number, to: number, most: number): number[] {
  const decades = Math.log10(to / from);
  if (decades < 0.5) {
    return evenly(from, to, most);
  }
  const [low, high] = [Math.floor(Math.log10(from)), Math.ceil(Math.log10(to))];
  const ticks = (factors: readonly number[], every: number): number[] => {
    const found: number[] = [];
    for (let power = Math.ceil(low / every) * every; power <= high; power += every) {
      found.push(...factors.map(factor => Number(`${factor}e${power}`)));
    }
    return found.filter(tick => tick >= from && tick <= to);
  };
  const factors = FACTORS.find(some => (gapOf(some) / decades) * most >= 0.75);
  return factors === undefined
    ? ticks([1], Math.max(1, Math.ceil(decades / most)))
    : ticks(factors, 1);
}

/** The shortest distance between two of a decade's ticks, as a part of the decade. */
function gapOf(factors: readonly number[]): number {
  return Math.min(
    ...factors.map((factor, index) => Math.log10((factors[index + 1] ?? 10) / factor))
  );
}

/** A stretch that is too short for a power of ten is almost straight. */
function evenly(from: number, to: number, most: number): number[] {
  const step = decades(-12, 12).find(one => (to - from) / one <= most) ?? to - from;
  const ticks: number[] = [];
  for (let n = Math.ceil(from / step - 1e-9); n * step <= to * (1 + 1e-9); n++) {
    ticks.push(Number((n * step).toPrecision(12)));
  }
  return ticks;
}

function decades(from: number, to: number): number[] {
  const steps: number[] = [];
  for (let power = from; power <= to; power++) {
    steps.push(...NICE.map(factor => Number(`${factor}e${power}`)));
  }
  return steps;
}

/** `500`, `20k`, `1.5M`: a label is only so wide. */
function compact(value: number): string {
  const [size, sign] = (
    [
      [1e9, 'G'],
      [1e6, 'M'],
      [1e3, 'k']
    ] as const
  ).find(([least]) => Math.abs(value) >= least) ?? [1, ''];
  return `${Number((value / size).toPrecision(7))}${sign}`;
}
