/** English, as without a language pack; JupyterLab's own brings half of JupyterLab with it. */
import type { TranslationBundle } from '@jupyterlab/translation';

function fill(text: string, args: readonly unknown[]): string {
  return text.replace(/%(\d+)/g, (_, number) => String(args[Number(number) - 1]));
}

export const trans: TranslationBundle = {
  __: (text, ...args: unknown[]) => fill(text, args),
  _n: (one, many, n, ...args: unknown[]) => fill(n === 1 ? one : many, [n, ...args]),
  _p: (_, text, ...args: unknown[]) => fill(text, args),
  _np: (_, one, many, n, ...args: unknown[]) => fill(n === 1 ? one : many, [n, ...args]),
  gettext: (text, ...args: unknown[]) => fill(text, args),
  ngettext: (one, many, n, ...args: unknown[]) => fill(n === 1 ? one : many, [n, ...args]),
  pgettext: (_, text, ...args: unknown[]) => fill(text, args),
  npgettext: (_, one, many, n, ...args: unknown[]) => fill(n === 1 ? one : many, [n, ...args]),
  dcnpgettext: (_, __, one, many, n, ...args: unknown[]) => fill(n === 1 ? one : many, [n, ...args])
};
