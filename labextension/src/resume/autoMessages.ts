/** What is said of resuming by itself: pure sentences. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { duration } from '../ui/format';
import type { Attempt } from '../protocol';
import type { Decoded } from '../runs/values';
import type { Decision } from './decide';

/** What a decision comes to, for the banner; empty if there is nothing to say. */
export function decisionNote(decision: Decision, now: number, trans: TranslationBundle): string {
  const { kind, number, until, vain } = decision;
  switch (kind) {
    case 'held':
      return trans.__('It is being resumed by itself, attempt %1 …', number);
    case 'wait':
      return trans.__(
        'Resumes by itself in %1, attempt %2',
        duration(Math.max(1, Math.ceil(until - now)), trans),
        number
      );
    case 'capped':
      return trans.__(
        'No longer resumed by itself: %1 attempts came no further than this checkpoint',
        vain
      );
    case 'failed':
      return trans.__('Not resumed by itself again: attempt %1 met an error', number);
    case 'go':
      return '';
  }
}

/** What the panel says of attempts; empty if none was made. */
export function attemptsNote(
  attempts: readonly Decoded<Attempt>[],
  trans: TranslationBundle
): string {
  const last = attempts.filter(one => one.outcome === 'resumed').pop();
  if (last === undefined) {
    return '';
  }
  const where =
    last.by === 'server' ? trans.__('with no page open') : trans.__('from a page that was open');
  const vain = attempts.filter(one => one.outcome !== 'resumed').length;
  const parts = [trans.__('Resumed by itself, attempt %1, %2', last.number, where)];
  if (vain > 0) {
    parts.push(trans._n('%1 attempt was in vain', '%1 attempts were in vain', vain));
  }
  return parts.join(' · ');
}
