/**
 * Whether to resume by itself now: pure, the twin of `decide` in `kresume_nb/run/attempts.py`.
 *
 * Cases in `tests/golden/auto.json` hold both to the same answer.
 */
import type { Attempt } from '../protocol';
import type { Decoded } from '../runs/values';

/** Attempts without a new checkpoint after which nobody tries any more. */
export const MOST_IN_VAIN = 5;

/** Seconds between the first attempt without progress and the next; doubles with each. */
const FIRST_WAIT = 2;

/** A page in the background may act only once a minute. */
export const LEASE_SECONDS = 90;

/** An attempt that was made. */
export interface Known {
  attempt: Decoded<Attempt>;
  /** Seconds since its file was touched; null once it is in the journal. */
  age: number | null;
}

/** What there is to do about a run that nobody is behind any more. */
export interface Decision {
  /**
   * `wait`: until `until`. `held`: somebody is at it. `capped`: too often in vain. `failed`: the
   * last attempt met an error that another would meet, too.
   */
  kind: 'go' | 'wait' | 'held' | 'capped' | 'failed';
  /** Of the attempt to make, or of the one that decides. */
  number: number;
  /** When to look again, in seconds since 1970. */
  until: number;
  /** Attempts that came no further than the checkpoint that there is now. */
  vain: number;
}

/**
 * What to do. `known`: all attempts, in their order; `step`: of the newest checkpoint; `since`: when
 * the switch was turned on, what was before does not count; `now`: seconds since 1970.
 */
export function decide(
  known: readonly Known[],
  { step, since, now }: { step: number; since: number; now: number }
): Decision {
  for (const { attempt, age } of known) {
    if (age !== null && attempt.outcome === 'open' && age < LEASE_SECONDS) {
      return { kind: 'held', number: attempt.number, until: now + LEASE_SECONDS - age, vain: 0 };
    }
  }
  const last = known[known.length - 1]?.attempt;
  let vain = 0;
  for (const { attempt } of [...known].reverse()) {
    if (attempt.step < step || attempt.time < since) {
      break;
    }
    vain++;
  }
  const number = last?.number ?? 0;
  if (last !== undefined && vain > 0) {
    if (last.outcome === 'failed') {
      return { kind: 'failed', number, until: 0, vain };
    }
    if (vain >= MOST_IN_VAIN) {
      return { kind: 'capped', number, until: 0, vain };
    }
    const until = last.time + FIRST_WAIT * 2 ** (vain - 1);
    if (until > now) {
      return { kind: 'wait', number: number + 1, until, vain };
    }
  }
  return { kind: 'go', number: number + 1, until: 0, vain };
}
