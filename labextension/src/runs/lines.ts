/**
 * Bytes of a growing file to complete lines.
 *
 * What comes after the last newline is kept as bytes, never as text: a read may end inside a
 * character of several bytes.
 */
import { LINE } from './limits';

const NEWLINE = 10;

/** Stands in the place of a line that is too long. */
export const TOO_LONG = '… a line that is too long';

export class LineSplitter {
  private rest = new Uint8Array(0);
  /** Whether the line that goes on is too long to be one of ours. */
  private skipping = false;
  private readonly decoder = new TextDecoder();

  constructor(private readonly longest = LINE) {}

  /**
   * The lines that `bytes` completes, without their newlines; empty lines are left out. In the place
   * of one that is too long comes `TOO_LONG`, which no reader takes for a record.
   */
  push(bytes: Uint8Array): string[] {
    if (this.skipping) {
      const next = bytes.indexOf(NEWLINE);
      if (next < 0) {
        return [];
      }
      this.skipping = false;
      return [TOO_LONG, ...this.push(bytes.subarray(next + 1))];
    }
    const end = bytes.lastIndexOf(NEWLINE);
    if (end < 0) {
      if (this.rest.length + bytes.length > this.longest) {
        this.rest = new Uint8Array(0);
        this.skipping = true;
      } else {
        this.rest = joined(this.rest, bytes);
      }
      return [];
    }
    const complete = joined(this.rest, bytes.subarray(0, end));
    this.rest = bytes.slice(end + 1);
    return this.decoder
      .decode(complete)
      .split('\n')
      .map(line => (line.length > this.longest ? TOO_LONG : line))
      .filter(line => line.trim() !== '');
  }

  /** Bytes of the line that is not complete yet. */
  get pending(): number {
    return this.rest.length;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) {
    return second.slice();
  }
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
