/** What a chart tells of the run's life: where it was resumed or paused, where values are no numbers. */
import uPlot from 'uplot';

import type { Gap } from './gaps';
import type { Happening } from './events';

/** Of the lines of a run's life, so that they differ without colour, in CSS pixels. */
const DASHES = { resumed: [4, 3], paused: [1, 3], rate: [1, 3], stopped: [] } as const;

/** Half of a mark's width, in CSS pixels. */
const ARM = 3.5;

/** Marks that are closer are one, in CSS pixels. */
const APART = 9;

/** A line down the chart for everything but checkpoints, which have a strip of their own. */
export function drawHappenings(
  u: uPlot,
  happenings: readonly Happening[],
  colours: { text: string; stopped: string }
): void {
  const { ctx, bbox } = u;
  const ratio = uPlot.pxRatio;
  ctx.save();
  ctx.lineWidth = ratio;
  for (const { kind, x } of happenings) {
    if (kind === 'checkpoint') {
      continue;
    }
    const left = Math.round(u.valToPos(x, 'x', true)) + 0.5;
    if (left < bbox.left || left > bbox.left + bbox.width + 1) {
      continue;
    }
    ctx.strokeStyle = kind === 'stopped' ? colours.stopped : colours.text;
    ctx.setLineDash(DASHES[kind].map(length => length * ratio));
    ctx.beginPath();
    ctx.moveTo(left, bbox.top);
    ctx.lineTo(left, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

/** Crosses for NaN and arrowheads for infinities, at the edge beyond which they lie. */
export function drawGaps(u: uPlot, gaps: readonly Gap[], colour: string): void {
  const { ctx, bbox } = u;
  const ratio = uPlot.pxRatio;
  const arm = ARM * ratio;
  const right = bbox.left + bbox.width;
  const inside = (x: number): number =>
    Math.min(right, Math.max(bbox.left, u.valToPos(x, 'x', true)));
  const end = { nan: -Infinity, above: -Infinity, below: -Infinity };
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.fillStyle = colour;
  ctx.lineWidth = 1.5 * ratio;
  for (const { kind, from, to } of gaps) {
    const [start, stop] = [inside(from), inside(to)];
    if (u.valToPos(to, 'x', true) < bbox.left - arm || u.valToPos(from, 'x', true) > right + arm) {
      continue;
    }
    const edge = kind === 'below' ? bbox.top + bbox.height : bbox.top;
    const y = edge + (kind === 'below' ? -arm - ratio : arm + ratio);
    if (stop - start > 2 * arm) {
      ctx.beginPath();
      ctx.moveTo(start, y);
      ctx.lineTo(stop, y);
      ctx.stroke();
    }
    if (start - end[kind] >= APART * ratio) {
      end[kind] = start;
      drawMark(ctx, kind, start, y, arm);
    }
  }
  ctx.restore();
}

function drawMark(
  ctx: CanvasRenderingContext2D,
  kind: Gap['kind'],
  x: number,
  y: number,
  arm: number
): void {
  ctx.beginPath();
  if (kind === 'nan') {
    ctx.moveTo(x - arm, y - arm);
    ctx.lineTo(x + arm, y + arm);
    ctx.moveTo(x + arm, y - arm);
    ctx.lineTo(x - arm, y + arm);
    ctx.stroke();
    return;
  }
  const tip = kind === 'above' ? -arm : arm;
  ctx.moveTo(x, y + tip);
  ctx.lineTo(x + arm, y - tip);
  ctx.lineTo(x - arm, y - tip);
  ctx.fill();
}
