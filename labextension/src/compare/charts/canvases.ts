/** The curves of a chart on canvases over uPlot's frame: all of them, and the one that stands out. */
import uPlot from 'uplot';

import type { Colours } from '../../ui/theme';
import { element } from '../../ui/elements';
import type { Scene } from './chart';
import { RATE } from '../data/curves';
import type { At, Drawn } from '../data/geometry';
import { pointsIn } from '../data/geometry';
import type { Mark } from '../data/marks';
import type { Scale } from './paint';
import { isInside, MOST_POINTS, paintLine, paintPoints, paintShape } from './paint';
import { lookOf } from './palette';

/** By so many CSS pixels the canvases are larger than the plot, so that a mark on its edge is whole. */
const EDGE = 7;
/** So far beyond the plot a line on its edge is seen. */
const BEYOND = 2;

/** What the curves stand on. */
export interface Ground {
  dark: boolean;
  colours: Colours;
}

/** With more runs than this, marks of all would hide the curves: only those of one that stands out are drawn. */
const MARKED = 12;
/** Of so many, extremes of that many pixels side by side are drawn: lines cost by their points. */
const COARSE = 2;
/**
 * In CSS pixels. Without a graphics card, one that is a pixel wide costs a tenth of one that is a
 * little wider: fifty of those take more than a frame.
 */
const THIN = 1;
const SHAPE = { resumed: 'triangle', forked: 'diamond', best: 'circle' } as const;

export class Canvases {
  private readonly back = element('canvas', 'kr-CompareChart-curves');
  private readonly front = element('canvas', 'kr-CompareChart-front');
  private readonly dot = element('div', 'kr-CompareChart-dot');
  /** The run that is painted in front; undefined if it must be painted anew. */
  private fronted: string | null | undefined;

  /** From the lowest up. */
  get nodes(): HTMLElement[] {
    return [this.back, this.front, this.dot];
  }

  /** All curves. */
  paint(u: uPlot, scene: Scene, ground: Ground): void {
    this.fronted = undefined;
    const context = fresh(this.back, u);
    if (context === null) {
      return;
    }
    const many = scene.drawn.length > MARKED;
    for (const one of scene.drawn) {
      paintCurve(context, u, scene, one, ground, false, many);
    }
    if (!many) {
      paintMarks(context, u, scene, scene.marks, ground);
    }
  }

  /** The run that stands out, in front of the others, which the style sheet makes pale; its point. */
  show(u: uPlot, scene: Scene, key: string | null, at: At | null, ground: Ground): void {
    const drawn = scene.drawn.find(({ curve }) => curve.key === key);
    // The pointer moves along a curve more often than to another one.
    if (this.fronted !== key) {
      this.fronted = key;
      this.back.classList.toggle('kr-mod-pale', drawn !== undefined && scene.drawn.length > 1);
      this.paintFront(u, scene, drawn, ground);
    }
    this.place(u, scene, drawn, at, ground);
  }

  private paintFront(u: uPlot, scene: Scene, drawn: Drawn | undefined, ground: Ground): void {
    const context = fresh(this.front, u);
    if (context === null || drawn === undefined) {
      return;
    }
    paintCurve(context, u, scene, drawn, ground, true, scene.drawn.length > MARKED);
    const marks = scene.marks.filter(({ key }) => key === drawn.curve.key);
    paintMarks(context, u, scene, marks, ground);
  }

  private place(
    u: uPlot,
    scene: Scene,
    drawn: Drawn | undefined,
    at: At | null,
    { dark }: Ground
  ): void {
    const left = u.valToPos(drawn?.curve.x[at?.row ?? -1] ?? NaN, 'x');
    const top = u.valToPos(drawn?.y[at?.row ?? -1] ?? NaN, 'y');
    const { width, height } = u.bbox;
    const inside = (place: number, length: number): boolean =>
      place >= 0 && place <= length / uPlot.pxRatio;
    const { style } = this.dot;
    this.dot.hidden = drawn === undefined || !inside(left, width) || !inside(top, height);
    if (drawn !== undefined && !this.dot.hidden) {
      style.backgroundColor = lookOf(scene.indexOf(drawn.curve.key), dark).colour;
      style.transform = `translate(${left}px, ${top}px)`;
    }
  }
}

/** The canvas, empty, its origin the plot's. */
function fresh(canvas: HTMLCanvasElement, u: uPlot): CanvasRenderingContext2D | null {
  const { ratio, width, height } = scaleOf(u);
  const edge = Math.round(EDGE * ratio);
  const [whole, high] = [width + 2 * edge, height + 2 * edge];
  if (canvas.width !== whole || canvas.height !== high) {
    canvas.width = whole;
    canvas.height = high;
    Object.assign(canvas.style, {
      left: `${-edge / ratio}px`,
      top: `${-edge / ratio}px`,
      width: `${whole / ratio}px`,
      height: `${high / ratio}px`
    });
  }
  const context = canvas.getContext('2d');
  if (context !== null) {
    context.setTransform(1, 0, 0, 1, edge, edge);
    context.clearRect(-edge, -edge, whole, high);
    context.lineJoin = 'round';
  }
  return context;
}

function scaleOf(u: uPlot): Scale {
  const ratio = Math.min(2, uPlot.pxRatio);
  // Of uPlot, not of the page: to ask that makes it lay out at once what was written since.
  const pixels = (length: number): number => Math.round((length / uPlot.pxRatio) * ratio);
  return {
    x: value => u.valToPos(value, 'x') * ratio,
    y: value => u.valToPos(value, 'y') * ratio,
    ratio,
    width: pixels(u.bbox.width),
    height: pixels(u.bbox.height)
  };
}

/** Whatever lies in the plot, or on its edge. */
function clipped(context: CanvasRenderingContext2D, scale: Scale, paint: () => void): void {
  const beyond = BEYOND * scale.ratio;
  context.save();
  context.beginPath();
  context.rect(-beyond, -beyond, scale.width + 2 * beyond, scale.height + 2 * beyond);
  context.clip();
  paint();
  context.restore();
}

function paintCurve(
  context: CanvasRenderingContext2D,
  u: uPlot,
  scene: Scene,
  { curve, y, faint, stepped, from }: Drawn,
  { dark }: Ground,
  thick: boolean,
  many: boolean
): void {
  const look = lookOf(scene.indexOf(curve.key), dark);
  const scale = scaleOf(u);
  const floor = scene.log ? 0 : -Infinity;
  const width = Math.round((scale.width || 1) / (many ? COARSE : 1));
  const points = pointsIn(curve.x, y, from, scene.range, width, floor);
  clipped(context, scale, () => {
    if (faint !== null && (thick || !many)) {
      context.globalAlpha = 0.3;
      const behind = pointsIn(curve.x, faint, from, scene.range, width, floor);
      paintLine(context, behind, { ...look, dash: [] }, 1, scale, false);
      context.globalAlpha = 1;
    }
    const stays = stepped || scene.metric === RATE;
    paintLine(context, points, look, thick ? 2.5 : many ? THIN : 1.75, scale, stays);
  });
  if (points.x.length <= (many && !thick ? 1 : MOST_POINTS)) {
    paintPoints(context, points, look, scale);
  }
}

function paintMarks(
  context: CanvasRenderingContext2D,
  u: uPlot,
  scene: Scene,
  marks: readonly Mark[],
  { dark, colours }: Ground
): void {
  const scale = scaleOf(u);
  for (const { kind, key, x, y } of marks) {
    const [left, top] = [scale.x(x), scale.y(y)];
    if ((scene.log && y <= 0) || !isInside(scale, left, top)) {
      continue;
    }
    const { colour } = lookOf(scene.indexOf(key), dark);
    const size = kind === 'best' ? 5 : 4.5;
    const ground = kind === 'forked' ? undefined : colours.ground;
    paintShape(context, SHAPE[kind], left, top, size, colour, scale.ratio, ground);
  }
}
