/** How a kernel's process ended, as the server saw it: a page is not always told. */
import type { Ended } from '../protocol';
import * as decoders from './decoders';
import type { ServerRoutes } from './server';
import type { Decoded } from './values';

/** The process that wrote a run last. */
export interface Behind {
  kernel: string | null;
  host: string;
  started: number;
}

/** What the server knows; null where there is no extension of ours, or it is away. */
export async function readEnded(
  server: ServerRoutes,
  writer: Behind
): Promise<Decoded<Ended> | null> {
  if (!(await server.available)) {
    return null;
  }
  const parameters = { kernel: writer.kernel ?? '', since: String(writer.started) };
  try {
    return decoders.ended(JSON.parse(await server.get('ended', parameters)));
  } catch {
    return null; // Older than the page, or away: the offer does without.
  }
}

/**
 * Whether the server saw the process end, or cannot have been there at its end: the page may hold its
 * kernel for the same. `last`: the run's last sign of life.
 */
export async function hasEnded(
  server: ServerRoutes,
  writer: Behind,
  last: number
): Promise<boolean> {
  const known = await readEnded(server, writer);
  if (known === null) {
    return false;
  }
  if (known.death !== null) {
    return true;
  }
  const restarted = writer.kernel !== null && known.started > last;
  return known.host === writer.host && (restarted || (known.booted ?? 0) > last);
}
