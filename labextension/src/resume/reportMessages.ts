/** What the resume report says: pure sentences. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Finding } from '../protocol';

export type Verdict = Finding['verdict'];

/** The order in which a person wants to know: what was lost first. */
export const VERDICTS: readonly Verdict[] = ['lost', 'approximate', 'changed', 'exact'];

/** A verdict's mark, so that it is not told by colour alone. */
export const MARKS: Readonly<Record<Verdict, string>> = {
  exact: '✓',
  approximate: '≈',
  lost: '✕',
  changed: 'Δ'
};

/** A group's heading. */
export function verdictLabel(verdict: Verdict, trans: TranslationBundle): string {
  switch (verdict) {
    case 'exact':
      return trans.__('Restored exactly');
    case 'approximate':
      return trans.__('Restored approximately');
    case 'lost':
      return trans.__('Not restored');
    case 'changed':
      return trans.__('Changed since; the present value is used');
  }
}

/** The report in a line: "12 restored exactly · 1 approximately · 2 changed". */
export function reportLine(findings: readonly Finding[], trans: TranslationBundle): string {
  const count = (verdict: Verdict): number =>
    findings.filter(finding => finding.verdict === verdict).length;
  const parts = [trans.__('%1 restored exactly', count('exact'))];
  if (count('approximate') > 0) {
    parts.push(trans.__('%1 approximately', count('approximate')));
  }
  if (count('lost') > 0) {
    parts.push(trans.__('%1 not restored', count('lost')));
  }
  if (count('changed') > 0) {
    parts.push(trans.__('%1 changed', count('changed')));
  }
  return parts.join(' · ');
}
