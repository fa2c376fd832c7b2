/** A comparison as a value that a link, a command and the layout can hold: pure. */
import { decodeCompareView } from './codec';
import { CorruptRecordError } from '../../runs/values';
import type { View } from './choices';
import { PLAIN_VIEW } from './choices';

/** In the query of a page's address. */
export const QUERY = 'kresume-compare';

/** Which runs, by their folders on the server, and how they are looked at. */
export interface Asked {
  runs: string[];
  view: View;
}

/** What is asked for by a command's arguments or a link; null if that names no run. */
export function askedOf(value: unknown): Asked | null {
  const { runs, view, checkpoints } = (
    typeof value === 'object' && value !== null ? value : {}
  ) as Partial<Record<string, unknown>>;
  const folders = Array.isArray(runs)
    ? runs.filter((one): one is string => typeof one === 'string' && isFolder(one))
    : [];
  if (folders.length === 0) {
    return null;
  }
  const shown = viewOf(view ?? {});
  return {
    runs: folders,
    view: checkpoints === undefined ? shown : { ...shown, ...viewOf({ checkpoints }, shown) }
  };
}

/** What stands in a link: only what is not as it is at first. */
export function written({ runs, view }: Asked): string {
  const changed = Object.entries(view).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(PLAIN_VIEW[name as keyof View])
  );
  return JSON.stringify({ runs, ...(changed.length > 0 && { view: Object.fromEntries(changed) }) });
}

/** What the query of an address asks for; null if nothing that can be shown. */
export function askedIn(query: string): Asked | null {
  const text = new URLSearchParams(query).get(QUERY);
  try {
    return text === null ? null : askedOf(JSON.parse(text));
  } catch {
    return null; // Cut short on its way, for example.
  }
}

function viewOf(value: unknown, otherwise: View = PLAIN_VIEW): View {
  try {
    const read = decodeCompareView({ ...otherwise, ...(value as object) });
    return { ...read, smoothing: Math.min(0.99, Math.max(0, read.smoothing || 0)) };
  } catch (error) {
    if (error instanceof CorruptRecordError) {
      return otherwise;
    }
    throw error;
  }
}

/** Links come from anywhere: none leads out of the server's root. */
function isFolder(path: string): boolean {
  return path !== '' && !/^[/\\]|\0|\\/.test(path) && !path.split('/').includes('..');
}
