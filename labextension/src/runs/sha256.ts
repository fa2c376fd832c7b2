/**
 * SHA-256 (FIPS 180-4), at once: the browser's own answers later, and only on pages that came by HTTPS.
 */
const PRIMES = Array.from({ length: 64 }, (_, count) => prime(count));
/** The first 32 bits behind the point of the primes' cube roots, and of their square roots. */
const ROUND = PRIMES.map(one => fraction(Math.cbrt(one)));
const START = PRIMES.slice(0, 8).map(one => fraction(Math.sqrt(one)));

/** The digest of a text's UTF-8, in hexadecimal digits. Halves of surrogate pairs count as U+FFFD. */
export function sha256(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(padded.length - 4, (bytes.length * 8) >>> 0);
  const state = Uint32Array.from(START);
  for (let from = 0; from < padded.length; from += 64) {
    block(state, view, from);
  }
  return [...state].map(one => one.toString(16).padStart(8, '0')).join('');
}

function block(state: Uint32Array, view: DataView, from: number): void {
  const words = new Uint32Array(64);
  const at = (index: number): number => words[index] ?? 0;
  for (let index = 0; index < 64; index++) {
    const [early, late] = [at(index - 15), at(index - 2)];
    words[index] =
      index < 16
        ? view.getUint32(from + index * 4)
        : at(index - 16) +
          (turn(early, 7) ^ turn(early, 18) ^ (early >>> 3)) +
          at(index - 7) +
          (turn(late, 17) ^ turn(late, 19) ^ (late >>> 10));
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let index = 0; index < 64; index++) {
    const chosen = (e & f) ^ (~e & g);
    const first =
      (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + chosen + (ROUND[index] ?? 0) + at(index)) | 0;
    const most = (a & b) ^ (a & c) ^ (b & c);
    const second = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + most) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((one, index) => {
    state[index] = (state[index] ?? 0) + one;
  });
}

function turn(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

function fraction(root: number): number {
  return Math.floor((root - Math.floor(root)) * 2 ** 32) >>> 0;
}

/** The prime number that has `count` smaller ones. */
function prime(count: number): number {
  let found = 1;
  for (let left = count; left >= 0; left--) {
    do {
      found++;
    } while (!isPrime(found));
  }
  return found;
}

function isPrime(value: number): boolean {
  for (let by = 2; by * by <= value; by++) {
    if (value % by === 0) {
      return false;
    }
  }
  return true;
}
