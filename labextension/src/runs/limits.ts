/** How much of a run folder is read: it may come from anyone. The twin of `kresume_nb/run/limits.py`. */
import { CorruptRecordError } from './values';

const MIB = 2 ** 20;

/** Bytes of a file that is read whole. */
export const WHOLE = 64 * MIB;

/** Bytes of a line of the journal. */
export const LINE = 8 * MIB;

/** Nesting of values that no record's type bounds. */
export const DEPTH = 100;

/** Steps that a line may tell, with a value of some log for each. */
export const STEPS = MIB;

/** The same where the line has no logs, so that nothing in it vouches for the count. */
export const BARE_STEPS = 4096;

/** Lines of a journal that do not decode, after which nothing more of it is read. */
export const TORN = 10_000;

/** Refuse what is nested deeper than `DEPTH`; goes through it without recursion. */
export function checkDepth(value: unknown): void {
  let level = [value];
  for (let depth = 0; depth < DEPTH; depth++) {
    level = level.flatMap(inner);
    if (level.length === 0) {
      return;
    }
  }
  throw new CorruptRecordError(`It is nested deeper than ${DEPTH} levels`);
}

/** Any value, as deep as ours are. */
export function anything(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) {
    checkDepth(value);
  }
  return value;
}

function inner(outer: unknown): unknown[] {
  const items = typeof outer === 'object' && outer !== null ? Object.values(outer) : [];
  return items.filter(one => typeof one === 'object' && one !== null);
}
