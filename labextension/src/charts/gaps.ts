/** Where values are NaN or infinite: marks at the edge of a chart, which such values lie beyond. Pure. */
import type { ChartLine } from './lines';

export type GapKind = 'nan' | 'above' | 'below';

export interface Gap {
  kind: GapKind;
  /** From where to where on the x axis. */
  from: number;
  to: number;
}

export function kindOf(value: number): GapKind | null {
  if (Number.isNaN(value)) {
    return 'nan';
  }
  return value === Infinity ? 'above' : value === -Infinity ? 'below' : null;
}

/** Stretches of such values among the points that are drawn; neighbours of a kind are one. */
export function gapsOf({ track, raw }: ChartLine): Gap[] {
  const gaps: Gap[] = [];
  let open: Gap | null = null;
  raw.rows.forEach((row, index) => {
    const x = raw.x[index] ?? 0;
    const kind = raw.y[index] === null ? kindOf(track.values[row] ?? 0) : null;
    if (kind === null) {
      open = null;
    } else if (open?.kind === kind) {
      open.to = x;
    } else {
      open = { kind, from: x, to: x };
      gaps.push(open);
    }
  });
  return gaps;
}
