/** What keeps a notebook from being resumed by itself, though the switch is on: pure. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { ResumePlan } from '../resume/execute';

/**
 * Why a person must decide; empty if nothing stands in the way. `allowed`: by the settings.
 */
export function whyBlocked(
  plan: ResumePlan,
  trusted: (cell: string) => boolean,
  allowed: boolean,
  trans: TranslationBundle
): string {
  if (!allowed) {
    return trans.__('Not resumed by itself, because the settings do not let this page');
  }
  const { setup, training, trainingChanged } = plan;
  if (training === null) {
    return trans.__('Not resumed by itself, because its training cell is gone');
  }
  const cells = setup.flatMap(step => (step.kind === 'run' ? [step.cell] : []));
  if (![...cells, training].every(cell => trusted(cell.id))) {
    return trans.__('Not resumed by itself, because this notebook is not trusted');
  }
  const changed = setup.some(
    step => step.kind === 'missing' || (step.kind === 'run' && step.changed)
  );
  if (changed || trainingChanged) {
    return trans.__('Not resumed by itself, because cells changed since');
  }
  return '';
}
