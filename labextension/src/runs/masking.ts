/**
 * Leaves secrets out of the sources of cells: the twin of `kresume_nb/run/masking.py`, which says why.
 *
 * `run.json` holds masked sources, or digests of them, so whoever compares a cell with a recorded one
 * does the same to both.
 */
import { sha256 } from './sha256';

const MASK = '<masked>';
const DIGEST = /^<not stored: sha256 [0-9a-f]{64}>$/;

/** Each with three groups: what stays before, the secret, what stays after. */
const PATTERNS: readonly RegExp[] = [
  /()(\b(?:(?:AKIA|ASIA)[0-9A-Z]{16}\b|gh[pousr]_[0-9A-Za-z]{20,}|github_pat_[0-9A-Za-z_]{20,}|hf_[0-9A-Za-z]{20,}|sk-[0-9A-Za-z_-]{20,}|xox[abprs]-[0-9A-Za-z-]{10,}|AIza[0-9A-Za-z_-]{30,}|eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}))()/g,
  /(["'])([0-9a-f]{40})(["'])/g,
  /(:\/\/[^\s/:@"']+:)([^\s/@"']+)(@)/g,
  /(-----BEGIN [A-Z ]*PRIVATE KEY-----)([\s\S]{1,4000}?)(-----END)/g,
  /((?:[Aa][Pp][Ii]_?[Kk][Ee][Yy]|[Ss][Ee][Cc][Rr][Ee][Tt]|[Tt][Oo][Kk][Ee][Nn](?![Ii][Zz])|[Pp][Aa][Ss][Ss][Ww](?:[Oo][Rr])?[Dd]|[Pp][Ww][Dd]|[Cc][Rr][Ee][Dd][Ee][Nn][Tt][Ii][Aa][Ll]|(?:[Pp][Rr][Ii][Vv][Aa][Tt][Ee]|[Aa][Cc][Cc][Ee][Ss][Ss])_?[Kk][Ee][Yy])[0-9A-Za-z_]*["']?\]?\s*[=:]\s*["'])([^"'\n]+)(["'])/g,
  /(os\.environ\[(?!["']?(?:KERAS|TF|CUDA|NVIDIA|JAX|XLA|TORCH|PYTORCH|OMP|MKL|OPENBLAS|MPL|PYTHON|KRESUME))[^\]\n]+\]\s*=\s*["'])([^"'\n]+)(["'])/g,
  /(\blogin\(\s*(?:[a-z_]+\s*=\s*)?["'])([^"'\n]+)(["'])/g,
  /(%(?:set_)?env[ ]+(?!(?:KERAS|TF|CUDA|NVIDIA|JAX|XLA|TORCH|KRESUME))[0-9A-Za-z_]+(?:=|[ ]+)[ ]*)([^\s]+)()/g
];

/** The source with every secret that is recognized replaced. */
export function masked(source: string): string {
  return PATTERNS.reduce((text, pattern) => text.replace(pattern, `$1${MASK}$3`), source);
}

/**
 * Whether two sources are the same cell's, secrets aside; either may be its digest. IPython tells the
 * source of a cell that ran early without its last newlines.
 */
export function sameSource(one: string, other: string): boolean {
  if (DIGEST.test(one) || DIGEST.test(other)) {
    return digest(one) === digest(other);
  }
  return bare(one) === bare(other);
}

/** What stands in the place of a source that is not stored; of a digest itself. */
export function digest(source: string): string {
  return DIGEST.test(source) ? source : `<not stored: sha256 ${sha256(bare(source))}>`;
}

function bare(source: string): string {
  return masked(source).replace(/\n+$/, '');
}
