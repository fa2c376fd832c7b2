/** Why a run's process ended, where the server saw it; nothing is guessed. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Death, Ended } from '../protocol';
import type { Behind } from '../runs/ended';
import { readEnded } from '../runs/ended';
import type { ServerRoutes } from '../runs/server';
import type { Decoded } from '../runs/values';
import type { Candidate } from '../resume/choose';
import { shortened } from '../resume/cellText';

/** Signals that end processes: their names and, where that says more, what they mean. */
const SIGNALS: Record<number, string> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  15: 'SIGTERM',
  24: 'SIGXCPU'
};

/** Why a run ended: as it says itself, or as the server saw it; empty where nobody saw it. */
export async function reason(
  { header, state }: Candidate,
  server: ServerRoutes,
  trans: TranslationBundle
): Promise<string> {
  if (state.status === 'failed') {
    return shortened(state.reason);
  }
  const { writer } = header;
  const known = await readEnded(server, writer);
  return cause(known, writer, Math.max(state.updated, writer.started), trans);
}

/** The likely cause in a few words; empty where nobody saw it. `last`: the run's last sign of life. */
export function cause(
  known: Decoded<Ended> | null,
  writer: Behind,
  last: number,
  trans: TranslationBundle
): string {
  if (known === null) {
    return '';
  }
  if (known.death !== null) {
    return ofDeath(known.death, trans);
  }
  if (known.host !== writer.host) {
    return ''; // It ran elsewhere: this machine's start says nothing.
  }
  if (known.booted !== null && known.booted > last) {
    return trans.__('the machine has been restarted since');
  }
  return writer.kernel !== null && known.started > last
    ? trans.__('the Jupyter server has been restarted since')
    : '';
}

function ofDeath({ status, asked, memory }: Decoded<Death>, trans: TranslationBundle): string {
  if (asked !== null) {
    return asked === 'restart'
      ? trans.__('the kernel was restarted')
      : trans.__('the kernel was shut down');
  }
  if (memory) {
    return trans.__('probably out of memory: the system killed a process for want of it');
  }
  if (status === null) {
    return '';
  }
  if (status >= 0) {
    return trans.__('the kernel ended by itself, exit status %1', status);
  }
  const name = SIGNALS[-status] ?? trans.__('signal %1', -status);
  switch (name) {
    case 'SIGSEGV':
    case 'SIGBUS':
      return trans.__('the kernel crashed: invalid memory access (%1)', name);
    case 'SIGABRT':
      return trans.__('the kernel crashed: native code gave up (%1)', name);
    case 'SIGILL':
    case 'SIGFPE':
      return trans.__('the kernel crashed (%1)', name);
    default:
      return trans.__('the kernel was killed (%1)', name);
  }
}
