/** Numbers as a chart shows them: pure. */

/** A value to four significant digits: `0.3127`, `1.000e-3`, `12 340` stays `12340`. */
export function formatValue(value: number): string {
  if (Number.isNaN(value)) {
    return 'NaN';
  }
  if (!Number.isFinite(value)) {
    return value > 0 ? '∞' : '−∞';
  }
  const size = Math.abs(value);
  if (size === 0) {
    return '0';
  }
  return tidy(
    size < 1e-3 || size >= 1e6 ? exponent(value, 3) : value.toPrecision(size >= 1000 ? 6 : 4)
  );
}

/** The labels of an axis: all in the same notation, with as many digits as tell neighbours apart. */
export function formatTicks(ticks: readonly number[]): string[] {
  const sizes = ticks.map(Math.abs);
  const largest = Math.max(...sizes);
  const step = Math.min(
    ...ticks.slice(1).map((tick, index) => Math.abs(tick - (ticks[index] ?? 0)))
  );
  if (!Number.isFinite(largest) || largest === 0 || !Number.isFinite(step) || step === 0) {
    return ticks.map(formatValue);
  }
  if (largest < 0.01 || largest >= 1e5) {
    const digits = Math.max(0, Math.min(6, Math.ceil(Math.log10(largest / step) - 1e-9)));
    return ticks.map(tick => (tick === 0 ? '0' : tidy(exponent(tick, digits))));
  }
  const digits = Math.max(0, Math.min(8, Math.ceil(-Math.log10(step) - 1e-9)));
  const finest = ticks.some(tick => Math.abs(tick - Number(tick.toFixed(digits))) > step / 100)
    ? digits + 1
    : digits;
  return ticks.map(tick => minus(tick.toFixed(finest)));
}

function exponent(value: number, digits: number): string {
  return value.toExponential(digits).replace('e+', 'e');
}

/** Without the zeros that say nothing. */
function tidy(number: string): string {
  return minus(number.replace(/(\.\d*?)0+(e|$)/, '$1$2').replace(/\.(e|$)/, '$1'));
}

function minus(number: string): string {
  return number.startsWith('-') ? `−${number.slice(1)}` : number;
}
