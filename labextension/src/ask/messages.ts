/** What the question says: pure sentences. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { duration, place } from '../ui/format';
import type { Ask, Point } from '../protocol';
import type { Decoded } from '../runs/values';
import type { AskModel } from './model';

/** What happened to the run. */
export function headline(ask: Decoded<Ask>, trans: TranslationBundle): string {
  const { run, position, batches } = ask;
  const where = place(position, batches, trans);
  const begun = position.step > 0;
  switch (ask.status) {
    case 'interrupted':
      return begun
        ? trans.__('%1 was interrupted after %2', run, where)
        : trans.__('%1 was interrupted before its first step', run);
    case 'failed':
      return begun
        ? trans.__('%1 failed after %2', run, where)
        : trans.__('%1 failed before its first step', run);
    default:
      return begun
        ? trans.__('%1 stopped after %2', run, where)
        : trans.__('%1 stopped before its first step', run);
  }
}

/** The primary button. */
export function resumeLabel(point: Decoded<Point>, trans: TranslationBundle): string {
  return point.position.step === 0
    ? trans.__('Resume from the start')
    : trans.__('Resume from %1', place(point.position, 0, trans));
}

/** What the page is about to do, or has done. */
export function standing(model: AskModel, trans: TranslationBundle): string {
  const { state, left, choice } = model;
  switch (state) {
    case 'looking':
      return '';
    case 'open':
      return left === null
        ? trans.__('Waiting for your choice')
        : trans.__('Resumes by itself in %1', duration(Math.ceil(left), trans));
    case 'answered':
      return choice?.action === 'new'
        ? trans.__('Starting over …')
        : choice?.action === 'fork'
          ? trans.__('Beginning a fork …')
          : trans.__('Resuming …');
    case 'closed':
      return trans.__('This question was answered');
    case 'failed':
      return trans.__(
        'The answer could not be written to the run folder. Training goes on by itself from the newest checkpoint'
      );
  }
}
