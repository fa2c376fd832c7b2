/** What is said of a run wherever it is shown: pure sentences. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { RunStatus } from './model';

/** The word in the status pill. */
export function statusLabel(status: RunStatus | 'paused', trans: TranslationBundle): string {
  switch (status) {
    case 'running':
      return trans.__('Running');
    case 'paused':
      return trans.__('Paused');
    case 'stopped':
      return trans.__('Stopped – kernel died');
    case 'finished':
      return trans.__('Finished');
    case 'interrupted':
      return trans.__('Interrupted');
    case 'failed':
      return trans.__('Failed');
    case 'missing':
      return trans.__('Not found');
  }
}
