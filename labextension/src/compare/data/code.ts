/** What changed in the cells that two runs ran, as a text diff: the twin of `view/compare/code.py`. */
import type { Cell } from '../../protocol';
import { digest } from '../../runs/masking';
import type { ComparedRun } from './labels';

export type Op = ' ' | '-' | '+';
export type DiffLine = readonly [Op, string];

/** A cell that is not the same in two runs. */
export interface CellChange {
  cell: string | null;
  /** Whether it is the training cell. */
  training: boolean;
  /** From the first run to the second. */
  change: 'changed' | 'removed' | 'added';
  /** All lines, each with what became of it. */
  lines: DiffLine[];
}

/** Lines times lines: beyond, all lines go and all come. */
const MOST = 1_000_000;

/** The cells that differ: those of the first run in order, then those that the second has more. */
export function codeChanges(first: ComparedRun, second: ComparedRun): CellChange[] {
  if (first.header === null || second.header === null) {
    return [];
  }
  const before = first.header.setup;
  const after = second.header.setup;
  const partner = pairs(before, after);
  const found: CellChange[] = [];
  before.forEach((cell, number) => {
    const place = partner.get(number);
    const other = place === undefined ? null : (after[place] ?? null);
    if (sourceOf(other) !== sourceOf(cell)) {
      found.push(changeOf(cell, other, false));
    }
  });
  const taken = new Set(partner.values());
  after.forEach((cell, number) => {
    if (!taken.has(number)) {
      found.push(changeOf(null, cell, false));
    }
  });
  const { cell: one } = first.header;
  const { cell: other } = second.header;
  if (sourceOf(one) !== sourceOf(other)) {
    found.push(changeOf(one, other, true));
  }
  return found;
}

/** What tells whether two sources are the same: either run may have stored a digest only. */
function sourceOf(cell: Cell | null): string | null {
  return cell === null ? null : digest(cell.source);
}

function pairs(before: readonly Cell[], after: readonly Cell[]): Map<number, number> {
  const found = new Map<number, number>();
  const taken = new Set<number>();
  const sources = after.map(sourceOf);
  for (const byId of [true, false]) {
    before.forEach((cell, number) => {
      if (found.has(number) || (byId && cell.id === null)) {
        return;
      }
      const source = sourceOf(cell);
      const place = after.findIndex(
        (other, index) =>
          !taken.has(index) && (byId ? other.id === cell.id : sources[index] === source)
      );
      if (place >= 0) {
        found.set(number, place);
        taken.add(place);
      }
    });
  }
  return found;
}

function changeOf(before: Cell | null, after: Cell | null, training: boolean): CellChange {
  return {
    cell: (before ?? after)?.id ?? null,
    training,
    change: before === null ? 'added' : after === null ? 'removed' : 'changed',
    lines: diff(before?.source.split('\n') ?? [], after?.source.split('\n') ?? [])
  };
}

/** Each line with what became of it: kept, gone (`-`) or come (`+`). */
export function diff(old: readonly string[], now: readonly string[]): DiffLine[] {
  const shorter = Math.min(old.length, now.length);
  let start = 0;
  while (start < shorter && old[start] === now[start]) {
    start++;
  }
  let end = 0;
  while (end < shorter - start && old[old.length - 1 - end] === now[now.length - 1 - end]) {
    end++;
  }
  const kept = (line: string): DiffLine => [' ', line];
  return [
    ...old.slice(0, start).map(kept),
    ...longest(old.slice(start, old.length - end), now.slice(start, now.length - end)),
    ...old.slice(old.length - end).map(kept)
  ];
}

function longest(old: readonly string[], now: readonly string[]): DiffLine[] {
  if (old.length * now.length > MOST) {
    return [
      ...old.map((line): DiffLine => ['-', line]),
      ...now.map((line): DiffLine => ['+', line])
    ];
  }
  // Of a longest common subsequence of old[i:] and now[j:], at i * width + j.
  const width = now.length + 1;
  const length = new Uint32Array((old.length + 1) * width);
  const at = (i: number, j: number): number => length[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      length[i * width + j] =
        old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const found: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length || j < now.length) {
    const [gone, come] = [old[i], now[j]];
    if (gone !== undefined && gone === come) {
      found.push([' ', gone]);
      i++;
      j++;
    } else if (gone !== undefined && (come === undefined || at(i + 1, j) >= at(i, j + 1))) {
      found.push(['-', gone]);
      i++;
    } else if (come !== undefined) {
      found.push(['+', come]);
      j++;
    }
  }
  return found;
}
