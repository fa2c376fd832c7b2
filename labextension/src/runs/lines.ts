/**
 * Bytes of a growing file to complete lines.
 *
 * What comes after the last newline is kept as bytes, never as text: a read may end inside a
 * character of several bytes.
 */
const NEWLINE = 10;

export class LineSplitter {
  private rest = new Uint8Array(0);
  private readonly decoder = new TextDecoder();

  /** The lines that `bytes` completes, without their newlines; empty lines are left out. */
  push(bytes: Uint8Array): string[] {
    const end = bytes.lastIndexOf(NEWLINE);
    if (end < 0) {
      this.rest = joined(this.rest, bytes);
      return [];
    }
    const complete = joined(this.rest, bytes.subarray(0, end));
    this.rest = bytes.slice(end + 1);
    return this.decoder
      .decode(complete)
      .split('\n')
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
