/** What the panel says of requests to training: pure sentences. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { formatValue } from '../ui/numbers';
import { place } from '../ui/format';
import type { Control, Header } from '../protocol';
import type { RunStatus } from '../runs/model';
import type { Action, Answer, RequestError } from '../runs/requests';
import type { Decoded } from '../runs/values';

/** Why nothing can be asked; empty if something can. */
export function idleReason(status: RunStatus, late: boolean, trans: TranslationBundle): string {
  switch (status) {
    case 'running':
      return late ? trans.__('This page reaches training only when its cell has ended.') : '';
    case 'stopped':
      return trans.__('Nothing trains: the kernel died.');
    case 'finished':
      return trans.__('Nothing trains: the run is finished.');
    case 'interrupted':
      return trans.__('Nothing trains: the run was interrupted.');
    case 'failed':
      return trans.__('Nothing trains: the run failed.');
    case 'missing':
      return trans.__('Nothing trains that this page knows of.');
  }
}

/** What was asked and has no answer yet; empty if nothing was. */
export function askedNote(asked: readonly Decoded<Control>[], trans: TranslationBundle): string {
  return asked.map(({ action, value }) => askedFor(action, value, trans)).join(' ');
}

function askedFor(action: Action, value: number | null, trans: TranslationBundle): string {
  switch (action) {
    case 'pause':
      return trans.__('Asked to pause …');
    case 'continue':
      return trans.__('Asked to go on …');
    case 'stop':
      return trans.__('Asked to save a checkpoint and stop …');
    case 'checkpoint':
      return trans.__('Asked for a checkpoint …');
    case 'learning_rate':
      return trans.__('Asked for a learning rate of %1 …', formatValue(value ?? NaN));
  }
}

/** What training answered: in its own words, or where it stood. */
export function answerNote(answer: Answer, batches: number, trans: TranslationBundle): string {
  const { action, value, done, detail, position } = answer;
  if (!done) {
    return trans.__('Not done. %1', detail);
  }
  if (detail !== '') {
    return detail;
  }
  const at = place(position, batches, trans);
  switch (action) {
    case 'pause':
      return trans.__('Paused after %1.', at);
    case 'continue':
      return trans.__('Went on after %1.', at);
    case 'stop':
      return trans.__('Stopped after %1.', at);
    case 'checkpoint':
      return trans.__('Checkpoint taken after %1.', at);
    case 'learning_rate':
      return trans.__('Learning rate set to %1 after %2.', formatValue(value ?? NaN), at);
  }
}

/** Why a request came to nothing. */
export function unsentNote(error: RequestError, action: Action, trans: TranslationBundle): string {
  if (error.kind === 'ended') {
    return action === 'stop'
      ? trans.__('Training ended before it was asked to.')
      : trans.__('Training ended before it could answer.');
  }
  return trans.__('The request could not be handed over: %1', error.message);
}

/** The schedule that the run's optimizer was compiled with, by its class; null for a plain rate. */
export function scheduleOf(header: Decoded<Header> | null): string | null {
  let config: unknown = header?.compile.optimizer;
  while (isObject(config)) {
    const rate = config.learning_rate;
    if (rate !== undefined) {
      return isObject(rate) && typeof rate.class_name === 'string' ? rate.class_name : null;
    }
    config = config.config ?? config.inner_optimizer;
  }
  return null;
}

/** What setting the learning rate means for this run. */
export function rateNote(
  newest: number,
  schedule: string | null,
  trans: TranslationBundle
): string {
  const now = Number.isFinite(newest) ? trans.__('Now %1.', formatValue(newest)) : '';
  const meaning =
    schedule === null
      ? trans.__('It holds from the next batch on, until a callback changes it.')
      : trans.__(
          'The optimizer computes its rate from a schedule (%1), so there is no number to set. To set it from here, compile the model with a number, as in Adam(learning_rate=0.001).',
          schedule
        );
  return [now, meaning].filter(part => part !== '').join(' ');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
