/** The panel's words as they are written: front ends without JupyterLab have no translations. */
import type { TranslationBundle } from '@jupyterlab/translation';

function filled(text: string, args: readonly unknown[]): string {
  return text.replace(/%(\d+)/g, (_, number) => String(args[Number(number) - 1]));
}

const one = (text: string, ...args: unknown[]): string => filled(text, args);

const several = (singular: string, plural: string, n: number, ...args: unknown[]): string =>
  filled(n === 1 ? singular : plural, [n, ...args]);

export const english: TranslationBundle = {
  __: one,
  _n: several,
  _p: (_, text, ...args: unknown[]) => one(text, ...args),
  _np: (_, singular, plural, n, ...args: unknown[]) => several(singular, plural, n, ...args),
  gettext: one,
  ngettext: several,
  pgettext: (_, text, ...args: unknown[]) => one(text, ...args),
  npgettext: (_, singular, plural, n, ...args: unknown[]) => several(singular, plural, n, ...args),
  dcnpgettext: (_, __, singular, plural, n, ...args: unknown[]) =>
    several(singular, plural, n, ...args)
};
