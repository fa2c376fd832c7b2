/** What the bar shows of a stopped run, as a value: pure. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { ago } from '../ui/ago';
import type { Candidate } from '../resume/choose';
import type { ResumePlan } from '../resume/execute';
import { newestCheckpoint } from '../runs/checkpoints';
import { headline, resumeLabel, setupNote, whichTraining } from './messages';

/** What the bar shows. */
export interface Offer {
  run: string;
  state: 'offer' | 'running' | 'failed';
  headline: string;
  /** What changed since; or, while cells run, how far that is; or what went wrong. */
  detail: string;
  /** The buttons wait: cells run, here or elsewhere. */
  busy: boolean;
  resumeLabel: string;
  canResume: boolean;
  canStartOver: boolean;
  /** A set-up cell failed: the next one may do without it. */
  canGoOn: boolean;
}

/** What is known besides the run itself. */
export interface About {
  state: Offer['state'];
  /** How far it is, or what went wrong; empty for what changed since. */
  told: string;
  /** Why the run's process ended, where somebody saw it. */
  why: string;
  canGoOn: boolean;
  /** What others say of the offer; `busy`: it is being resumed elsewhere. */
  remark: { text: string; busy: boolean } | null;
  /** In the server's clock, as the run's times are. */
  now: number;
  /** Which of its cell's trainings it is; 0 if it is the only one. */
  ordinal: number;
}

/** The bar's content. */
export function offerOf(
  { header, state: run }: Candidate,
  plan: ResumePlan,
  { state, told, why, canGoOn, remark, now, ordinal }: About,
  trans: TranslationBundle
): Offer {
  const here = plan.training !== null;
  const changed = here
    ? setupNote(plan.setup, plan.trainingChanged, trans)
    : trans.__('The training cell is no longer in this notebook');
  const when = run.updated > 0 ? ago(run.updated, now, trans) : '';
  return {
    run: header.name,
    state,
    headline: headline(whichTraining(header.name, ordinal, trans), run, trans, { when, why }),
    detail: told !== '' ? told : [changed, remark?.text ?? ''].filter(Boolean).join(' · '),
    busy: state === 'running' || remark?.busy === true,
    resumeLabel: state === 'failed' ? trans.__('Try again') : resumeLabel(run, trans),
    canResume: here && (newestCheckpoint(run) !== null || state === 'failed'),
    canStartOver: here,
    canGoOn: state === 'failed' && canGoOn
  };
}
