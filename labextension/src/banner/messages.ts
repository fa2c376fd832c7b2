/** What the banner says: pure sentences. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { duration, place } from '../ui/format';
import { newestCheckpoint } from '../runs/checkpoints';
import { firstLine } from '../resume/cellText';
import type { RunState } from '../runs/fold';
import type { ForeignRun } from './foreign';
import type { SetupStep } from '../resume/plan';
import { SKIP_TAG } from '../resume/plan';

/** What happened, when, why if that is known, and what it cost. */
export function headline(
  name: string,
  state: RunState,
  trans: TranslationBundle,
  about: { when?: string; why?: string } = {}
): string {
  const where = place(state.position, state.batches, trans);
  const begun = state.position.step > 0;
  let what: string;
  switch (state.status) {
    case 'interrupted':
      what = begun
        ? trans.__('%1 was interrupted after %2', name, where)
        : trans.__('%1 was interrupted before its first step', name);
      break;
    case 'failed':
      what = begun
        ? trans.__('%1 failed after %2', name, where)
        : trans.__('%1 failed before its first step', name);
      break;
    case 'finished':
      what = trans.__('%1 finished, the cell that trained it did not', name);
      break;
    default:
      what = begun
        ? trans.__('%1 stopped after %2', name, where)
        : trans.__('%1 stopped before its first step', name);
  }
  const lost = state.status === 'finished' ? '' : redo(state, trans);
  const parts = [what, about.when ?? '', about.why ?? '', lost];
  return parts.filter(part => part !== '').join(' · ');
}

/** A run's name, and which of its cell's trainings it is where there are several. */
export function whichTraining(name: string, ordinal: number, trans: TranslationBundle): string {
  return ordinal === 0 ? name : trans.__('%1, the %2 training of this cell,', name, nth(ordinal));
}

const ENDINGS = new Map<string, string>([
  ['one', 'st'],
  ['two', 'nd'],
  ['few', 'rd']
]);

function nth(number: number): string {
  const form = new Intl.PluralRules('en', { type: 'ordinal' }).select(number);
  return `${number}${ENDINGS.get(form) ?? 'th'}`;
}

function redo(state: RunState, trans: TranslationBundle): string {
  const checkpoint = newestCheckpoint(state);
  if (checkpoint === null) {
    return trans.__('no checkpoint was written yet');
  }
  if (checkpoint.position.step >= state.position.step) {
    return trans.__('no training to redo');
  }
  // Writing goes on in the background: the training after it began is what the checkpoint lacks. What lies
  // between two processes, or before a finished run was extended, is no training.
  const seconds = state.updated - Math.max(checkpoint.time - checkpoint.seconds, state.began);
  return seconds < 1
    ? trans.__('less than a second of training to redo')
    : trans.__('%1 of training to redo', duration(seconds, trans));
}

/** A run of another notebook, and where a fork of it begins. */
export function foreignLabel(run: ForeignRun, trans: TranslationBundle): string {
  const where = place(run.position, 0, trans);
  return trans.__('%1 of %2, after %3', run.run, run.notebook, where);
}

/** The primary button. */
export function resumeLabel(state: RunState, trans: TranslationBundle): string {
  if (state.status === 'finished') {
    return trans.__('Resume the cell'); // What it has trained is given back.
  }
  const checkpoint = newestCheckpoint(state);
  return checkpoint === null || checkpoint.position.step === 0
    ? trans.__('Resume from the start')
    : trans.__('Resume from %1', place(checkpoint.position, 0, trans));
}

/** What a person should know of the set-up cells before they run again; empty if all is as it was. */
export function setupNote(
  steps: readonly SetupStep[],
  trainingChanged: boolean,
  trans: TranslationBundle
): string {
  const changed = steps.flatMap(step =>
    step.kind === 'run' && step.changed ? [step.cell.label] : []
  );
  const skipped = steps.flatMap(step => (step.kind === 'skip' ? [step.cell.label] : []));
  const missing = steps.flatMap(step => (step.kind === 'missing' ? [firstLine(step.source)] : []));
  const parts: string[] = [];
  if (changed.length > 0) {
    parts.push(
      trans._n(
        '%1 set-up cell changed since: %2',
        '%1 set-up cells changed since: %2',
        changed.length,
        changed.join(', ')
      )
    );
  }
  if (missing.length > 0) {
    parts.push(
      trans._n(
        '%1 set-up cell is gone: %2',
        '%1 set-up cells are gone: %2',
        missing.length,
        missing.join(', ')
      )
    );
  }
  if (skipped.length > 0) {
    parts.push(trans.__('left out, as they are tagged %1: %2', SKIP_TAG, skipped.join(', ')));
  }
  if (trainingChanged) {
    parts.push(trans.__('the training cell changed'));
  }
  return parts.join(' · ');
}

/** Which cells a resume runs, in their order; empty if the training cell is all. */
export function runsFirst(steps: readonly SetupStep[], trans: TranslationBundle): string {
  const labels = steps.flatMap(step => (step.kind === 'run' ? [step.cell.label] : []));
  return labels.length === 0
    ? trans.__('The training cell alone is run.')
    : trans._n(
        'Set-up cell %2 runs again first, then the training cell.',
        '%1 set-up cells run again first (%2), then the training cell.',
        labels.length,
        labels.join(' ')
      );
}
