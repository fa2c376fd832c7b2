/** What of a long diff is shown: pure. */
import type { DiffLine } from './code';

/** Lines around a change that are shown. */
const CONTEXT = 3;

/** Long stretches that are the same become a number of lines. */
export function shortened(lines: readonly DiffLine[]): (DiffLine | number)[] {
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(([op]) => op !== ' ')
  );
  const found: (DiffLine | number)[] = [];
  lines.forEach((line, index) => {
    const last = found[found.length - 1];
    if (near[index]) {
      found.push(line);
    } else if (typeof last === 'number') {
      found[found.length - 1] = last + 1;
    } else {
      found.push(1);
    }
  });
  return found;
}
