/** How strongly a cell of the heat strip is shaded: pure. */
import { formatValue } from '../../ui/numbers';

/** Layers that moved by less than this share of their norm stand still. */
const STILL = 1e-6;

/** The least and the most of the finite changes, on a scale of powers of ten. */
export function span(values: readonly number[]): readonly [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value > STILL && value < Infinity) {
      low = Math.min(low, Math.log10(value));
      high = Math.max(high, Math.log10(value));
    }
  }
  return low <= high ? [Math.min(low, high - 1), high] : [-1, 0];
}

/** 0 for a layer that stood still, up to 1 for the one that moved most. */
export function shadeOf(value: number, [low, high]: readonly [number, number]): number {
  if (!(value > STILL)) {
    return 0;
  }
  const share = value === Infinity ? 1 : (Math.log10(value) - low) / (high - low);
  return 0.08 + 0.92 * Math.min(1, Math.max(0, share));
}

/** A share as a person reads it: `12 %`, `0.3 %`; none where it is not known. */
export function shareWords(value: number): string {
  if (Number.isNaN(value)) {
    return '–';
  }
  if (!Number.isFinite(value)) {
    return '∞';
  }
  const percent = value * 100;
  return `${percent !== 0 && percent < 0.01 ? '<0.01' : formatValue(Number(percent.toPrecision(2)))} %`;
}
