/** A small picture of a run's loss. */

const SVG = 'http://www.w3.org/2000/svg';
const [WIDTH, HEIGHT, EDGE] = [72, 22, 2];

/** The line through the values that are numbers; empty if there are none. It breaks at the others. */
export function sparkPath(values: readonly number[]): string {
  const there = values.filter(Number.isFinite);
  const low = Math.min(...there);
  const high = Math.max(...there);
  const across = (WIDTH - 2 * EDGE) / Math.max(1, values.length - 1);
  const down = high > low ? (HEIGHT - 2 * EDGE) / (high - low) : 0;
  let path = '';
  let pen = false;
  values.forEach((value, index) => {
    if (!Number.isFinite(value)) {
      pen = false;
      return;
    }
    const x = (EDGE + index * across).toFixed(1);
    const y = (down === 0 ? HEIGHT / 2 : EDGE + (high - value) * down).toFixed(1);
    const alone = !pen && !Number.isFinite(values[index + 1] ?? NaN);
    path += `${pen ? 'L' : 'M'}${x} ${y}${alone ? 'h0.1' : ''}`;
    pen = true;
  });
  return path;
}

export class Sparkline {
  readonly node = document.createElementNS(SVG, 'svg');
  private readonly line = document.createElementNS(SVG, 'path');

  constructor() {
    this.node.setAttribute('class', 'kr-Spark');
    this.node.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
    this.node.setAttribute('aria-hidden', 'true');
    this.node.append(this.line);
  }

  update(values: readonly number[]): void {
    this.line.setAttribute('d', sparkPath(values));
  }
}
