/** Which point of the curves a key leads to: pure. */
import type { At, Drawn } from './geometry';
import { rowAt } from './geometry';

/** A point to go to; to ask what can be done from the present one, or to leave the curves. */
export type Step = { do: 'go' | 'choose'; drawn: Drawn; row: number } | { do: 'leave' };

/** What a key asks for while the point `at` of the run `highlight` stands out; null: nothing of ours. */
export function stepOf(
  key: string,
  drawn: readonly Drawn[],
  highlight: string | null,
  at: At | null
): Step | null {
  const index = Math.max(
    0,
    drawn.findIndex(({ curve }) => curve.key === highlight)
  );
  const now = drawn[index];
  if (now === undefined) {
    return null;
  }
  const last = now.curve.x.length - 1;
  const row = at?.row ?? last;
  const page = Math.max(1, Math.round(last / 10));
  const along = (wanted: number): Step => go(now, wanted);
  const beside = (step: number): Step => {
    const other = drawn[(index + step + drawn.length) % drawn.length] ?? now;
    return go(other, rowAt(other, now.curve.x[row] ?? 0));
  };
  switch (key) {
    case 'ArrowLeft':
      return along(row - 1);
    case 'ArrowRight':
      return along(at === null ? row : row + 1);
    case 'ArrowUp':
      return beside(-1);
    case 'ArrowDown':
      return beside(1);
    case 'PageUp':
      return along(row - page);
    case 'PageDown':
      return along(row + page);
    case 'Home':
      return along(0);
    case 'End':
      return along(last);
    case 'Enter':
    case ' ':
      return { do: 'choose', drawn: now, row };
    case 'Escape':
      return { do: 'leave' };
    default:
      return null;
  }
}

function go(drawn: Drawn, wanted: number): Step {
  const row = Math.min(drawn.curve.x.length - 1, Math.max(drawn.from, wanted));
  return { do: 'go', drawn, row };
}
