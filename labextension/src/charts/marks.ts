/** What a chart tells of the run's life: where it was resumed, where its checkpoints are. */
import uPlot from 'uplot';

import type { RunState } from '../runs/fold';
import type { Axis } from './axis';

/** Dashed lines where the run was resumed, ticks where its checkpoints are. */
export function drawMarks(u: uPlot, state: RunState, axis: Axis, colour: string): void {
  const { ctx, bbox } = u;
  const at = (x: number): number => Math.round(u.valToPos(x, 'x', true)) + 0.5;
  const inside = (x: number): boolean => x >= bbox.left && x <= bbox.left + bbox.width + 1;
  const ratio = uPlot.pxRatio;
  const bottom = bbox.top + bbox.height;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = ratio;
  ctx.setLineDash([4 * ratio, 3 * ratio]);
  for (const x of state.resumes.map((_, index) => at(axis.resume(index)))) {
    if (inside(x)) {
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bottom);
      ctx.stroke();
    }
  }
  ctx.fillStyle = colour;
  for (const { position } of state.checkpoints) {
    const x = at(axis.position(position));
    if (inside(x)) {
      ctx.beginPath();
      ctx.moveTo(x, bottom - 5 * ratio);
      ctx.lineTo(x + 3 * ratio, bottom);
      ctx.lineTo(x - 3 * ratio, bottom);
      ctx.fill();
    }
  }
  ctx.restore();
}
