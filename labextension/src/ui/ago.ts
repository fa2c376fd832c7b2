/** When something happened, as people say it: pure sentences. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { duration } from './format';

const MINUTE = 60;
const HOUR = 3600;

/**
 * How long ago, and from an hour on also when: `40 s ago`, `3 min ago`, `2 h 05 min ago (14:10)`,
 * `yesterday 23:12`, `20 Nov, 23:12`.
 *
 * Times are in seconds; `language` is one of the browser's.
 */
export function ago(
  time: number,
  now: number,
  trans: TranslationBundle,
  language?: string
): string {
  const passed = Math.max(0, now - time);
  if (passed < MINUTE) {
    return trans.__('%1 ago', duration(passed, trans));
  }
  if (passed < HOUR) {
    return trans.__('%1 min ago', Math.floor(passed / MINUTE));
  }
  const then = new Date(time * 1000);
  const clock = then.toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit' });
  const days = midnights(then, new Date(now * 1000));
  if (days === 0) {
    return trans.__('%1 ago (%2)', duration(passed, trans), clock);
  }
  if (days === 1) {
    return trans.__('yesterday %1', clock);
  }
  const year = then.getFullYear() === new Date(now * 1000).getFullYear() ? undefined : 'numeric';
  const date = then.toLocaleDateString(language, { day: 'numeric', month: 'short', year });
  return trans.__('%1, %2', date, clock);
}

/** Midnights between two moments, in the browser's time zone. */
function midnights(earlier: Date, later: Date): number {
  const day = (at: Date): number => Date.UTC(at.getFullYear(), at.getMonth(), at.getDate());
  return Math.round((day(later) - day(earlier)) / 86_400_000);
}
