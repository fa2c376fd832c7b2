/** Curves on a canvas: many at once, each with its colour, dashes and marks. */
import type { Points } from '../data/geometry';
import type { Look, Shape } from './palette';

/** From values to the canvas' pixels. */
export interface Scale {
  x: (value: number) => number;
  y: (value: number) => number;
  /** Canvas pixels to a CSS pixel. */
  ratio: number;
  /** Of the plot, in the canvas' pixels. */
  width: number;
  height: number;
}

/** Whether a point lies in the plot, give or take a CSS pixel. */
export function isInside({ width, height, ratio }: Scale, left: number, top: number): boolean {
  return left >= -ratio && left <= width + ratio && top >= -ratio && top <= height + ratio;
}

/** With more points than this in sight each would cover the line. */
export const MOST_POINTS = 26;

/** One line, broken where values are NaN. */
export function paintLine(
  context: CanvasRenderingContext2D,
  { x, y }: Points,
  look: Look,
  width: number,
  scale: Scale,
  stepped: boolean
): void {
  context.strokeStyle = look.colour;
  context.lineWidth = width * scale.ratio;
  context.setLineDash(look.dash.map(length => length * scale.ratio));
  context.beginPath();
  let open = false;
  let before = 0;
  for (let row = 0; row < x.length; row++) {
    const value = y[row] ?? NaN;
    if (Number.isNaN(value)) {
      open = false;
      continue;
    }
    const left = scale.x(x[row] ?? 0);
    const top = scale.y(value);
    if (open) {
      if (stepped) {
        context.lineTo(left, before);
      }
      context.lineTo(left, top);
    } else {
      context.moveTo(left, top);
      open = true;
    }
    before = top;
  }
  context.stroke();
  context.setLineDash([]);
}

/** Each point, where they are few or alone. */
export function paintPoints(
  context: CanvasRenderingContext2D,
  { x, y }: Points,
  look: Look,
  scale: Scale
): void {
  x.forEach((value, row) => {
    const height = y[row] ?? NaN;
    const [left, top] = [scale.x(value), scale.y(height)];
    if (!Number.isNaN(height) && isInside(scale, left, top)) {
      paintShape(context, look.shape, left, top, 2.6, look.colour, scale.ratio);
    }
  });
}

/** A shape of that half width, in CSS pixels; `ground` makes it hollow. */
export function paintShape(
  context: CanvasRenderingContext2D,
  shape: Shape,
  left: number,
  top: number,
  half: number,
  colour: string,
  ratio: number,
  ground?: string
): void {
  context.beginPath();
  trace(context, shape, left, top, half * ratio);
  context.lineWidth = 1.5 * ratio;
  context.strokeStyle = colour;
  if (shape !== 'cross' && shape !== 'plus') {
    context.fillStyle = ground ?? colour;
    context.fill();
  }
  context.stroke();
}

function trace(
  context: CanvasRenderingContext2D,
  shape: Shape,
  x: number,
  y: number,
  r: number
): void {
  switch (shape) {
    case 'circle':
      context.arc(x, y, r, 0, 2 * Math.PI);
      break;
    case 'square':
      context.rect(x - r, y - r, 2 * r, 2 * r);
      break;
    case 'triangle':
    case 'down': {
      const up = shape === 'triangle' ? -r : r;
      context.moveTo(x, y + up);
      context.lineTo(x + r, y - up);
      context.lineTo(x - r, y - up);
      context.closePath();
      break;
    }
    case 'diamond':
      context.moveTo(x, y - r * 1.3);
      context.lineTo(x + r * 1.3, y);
      context.lineTo(x, y + r * 1.3);
      context.lineTo(x - r * 1.3, y);
      context.closePath();
      break;
    case 'cross':
      context.moveTo(x - r, y - r);
      context.lineTo(x + r, y + r);
      context.moveTo(x + r, y - r);
      context.lineTo(x - r, y + r);
      break;
    case 'plus':
      context.moveTo(x - r, y);
      context.lineTo(x + r, y);
      context.moveTo(x, y - r);
      context.lineTo(x, y + r);
      break;
  }
}
