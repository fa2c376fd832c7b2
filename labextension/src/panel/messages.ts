/** What the panel says: pure sentences. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { attemptsNote } from '../resume/autoMessages';
import { place } from '../ui/format';
import { SCHEMA } from '../protocol';
import type { RunState } from '../runs/fold';
import type { Problem, RunStatus } from '../runs/model';

/** Where a run stands. */
export function standing(state: RunState, status: RunStatus, trans: TranslationBundle): string {
  const { position, epochs, batches } = state;
  if (status === 'missing') {
    return '';
  }
  if (state.started && epochs === 0) {
    return trans.__('no epochs to train');
  }
  if (!state.started || position.step === 0) {
    return status === 'running' ? '' : trans.__('before the first step');
  }
  if (status === 'running') {
    if (position.batch === 0) {
      return trans.__('epoch %1 of %2 · done', position.epoch, epochs);
    }
    const { batch } = position;
    return batches > 0
      ? trans.__('epoch %1 of %2 · batch %3 of %4', position.epoch + 1, epochs, batch, batches)
      : trans.__('epoch %1 of %2 · batch %3', position.epoch + 1, epochs, batch);
  }
  if (status === 'finished') {
    return position.epoch === epochs
      ? trans._n('%1 epoch', '%1 epochs', epochs)
      : trans.__('%1 of %2 epochs', position.epoch, epochs);
  }
  if (position.batch === 0) {
    return trans.__('after epoch %1 of %2', position.epoch, epochs);
  }
  if (batches === 0) {
    return trans.__('in the first of %1 epochs, after batch %2', epochs, position.batch);
  }
  return position.epoch === 0
    ? trans.__('in the first of %1 epochs, after batch %2 of %3', epochs, position.batch, batches)
    : trans.__(
        'after epoch %1 of %2, batch %3 of %4',
        position.epoch,
        epochs,
        position.batch,
        batches
      );
}

/** Why there is nothing to draw; empty if there is. */
export function emptyNote(
  state: RunState,
  status: RunStatus,
  problem: Problem | null,
  trans: TranslationBundle
): string {
  if (problem !== null || state.steps.length > 0 || state.rows.length > 0) {
    return '';
  }
  if (state.started && state.epochs === 0) {
    return trans.__('This run was asked for no epochs, so there is nothing to draw.');
  }
  return status === 'running'
    ? trans.__('Waiting for the first step …')
    : trans.__('This run ended before its first step.');
}

/** What stands in the way of showing the run. */
export function problemNote(
  problem: Problem | null,
  folder: string,
  trans: TranslationBundle
): string {
  switch (problem?.kind) {
    case undefined:
      return '';
    case 'missing':
      return trans.__(
        'The run folder “%1” is not there. It was moved or deleted; the panel comes back when the folder does.',
        folder
      );
    case 'newer':
      return trans.__(
        'This run was written in layout version %1; this page reads up to version %2. To see it, update kresume_nb.',
        problem.schema,
        SCHEMA
      );
    case 'unreachable':
      return trans.__('Cannot read the run folder (%1). Trying again.', problem.message);
  }
}

/** What else a person should know of the run, a line each. */
export function notes(state: RunState, torn: number, trans: TranslationBundle): string[] {
  const lines: string[] = [];
  const { resumes, batches } = state;
  const shown = resumes
    .slice(-3)
    .map(position => place(position, batches, trans))
    .join('; ');
  if (resumes.length > 3) {
    lines.push(trans.__('Resumed %1 times, lately after %2', resumes.length, shown));
  } else if (resumes.length > 0) {
    lines.push(trans.__('Resumed after %1', shown));
  }
  const attempts = attemptsNote(state.attempts, trans);
  lines.push(...(attempts === '' ? [] : [attempts]), ...state.report, ...state.warnings.slice(-3));
  if (state.warnings.length > 3) {
    lines.push(trans._n('%1 earlier warning', '%1 earlier warnings', state.warnings.length - 3));
  }
  if (torn > 0) {
    lines.push(
      trans._n(
        '%1 line of the journal was cut short and is left out',
        '%1 lines of the journal were damaged and are left out',
        torn
      )
    );
  }
  return lines;
}
