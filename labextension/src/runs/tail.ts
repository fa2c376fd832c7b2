/**
 * Follows a file that only grows, by asking a server for the bytes after the ones it has.
 *
 * Every request begins a few bytes early. Those come back with the new ones and show that the file
 * is still the one that was read: a journal whose torn last line was cut off and written over, or
 * that was replaced, is read again from its beginning. It also makes "nothing new" an ordinary
 * answer; `416` would fill the browser's console with errors.
 */
import { LineSplitter } from './lines';

/** How much of a large journal one request asks for, so that the page stays fluid meanwhile. */
export const CHUNK = 4 * 2 ** 20;

/** How much the first one asks for: what there is to see of it is seen early. */
const FIRST = 2 ** 20;

const OVERLAP = 64;

/** Asks for bytes `from` to `to`, both included; the answer's status is 206, 200 or 416. */
export type FetchRange = (from: number, to: number) => Promise<Response>;

export interface Tailed {
  lines: string[];
  /** The file is another one now: what was read before no longer holds. */
  restarted: boolean;
  /** There is more to read at once. */
  more: boolean;
}

/** The file is not there. */
export class MissingFileError extends Error {
  override name = 'MissingFileError';
}

export class Tail {
  private offset = 0;
  private seen = new Uint8Array(0);
  private splitter = new LineSplitter();
  /** The next piece of a large file, asked for while the one before it is being read. */
  private ahead: Promise<Response> | null = null;

  constructor(
    private readonly fetchRange: FetchRange,
    private readonly chunk = CHUNK
  ) {}

  /** Bytes of an unfinished last line. */
  get pending(): number {
    return this.splitter.pending;
  }

  /**
   * The lines that were completed since the last call.
   *
   * Jupyter's server breaks off the sending of a file that grows meanwhile; asked again it sends it.
   */
  async poll(): Promise<Tailed> {
    try {
      return await this.read();
    } catch (error) {
      if (!(error instanceof TypeError)) {
        throw error;
      }
      return this.read();
    }
  }

  private async read(): Promise<Tailed> {
    const from = this.offset - this.seen.length;
    const wanted = this.offset === 0 ? Math.min(FIRST, this.chunk) : this.chunk;
    const coming = this.ahead ?? this.fetchRange(from, this.offset + wanted - 1);
    this.ahead = null;
    const response = await coming;
    if (response.status === 404) {
      throw new MissingFileError(`Not found: ${response.url}`);
    }
    if (response.status === 416) {
      // An empty file, or one that became shorter than what was read of it.
      return this.restart(this.offset > 0);
    }
    if (response.status !== 200 && response.status !== 206) {
      throw new Error(`${response.status} ${response.statusText}`);
    }
    const answer = new Uint8Array(await response.arrayBuffer());
    const bytes = response.status === 200 ? answer.subarray(from) : answer;
    if (!startsWith(bytes, this.seen)) {
      return this.restart(true);
    }
    const added = bytes.subarray(this.seen.length);
    this.offset += added.length;
    this.seen = bytes.slice(-OVERLAP);
    const more = added.length >= wanted;
    if (more) {
      const next = this.offset - this.seen.length;
      this.ahead = this.fetchRange(next, this.offset + this.chunk - 1);
      this.ahead.catch(() => undefined); // Whoever waits for it is told.
    }
    return { lines: this.splitter.push(added), restarted: false, more };
  }

  private restart(restarted: boolean): Tailed {
    this.offset = 0;
    this.ahead = null;
    this.seen = new Uint8Array(0);
    this.splitter = new LineSplitter();
    return { lines: [], restarted, more: restarted };
  }
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return bytes.length >= start.length && start.every((byte, index) => byte === bytes[index]);
}
