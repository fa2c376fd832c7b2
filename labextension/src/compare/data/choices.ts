/** How a comparison is looked at until a person chooses: pure. */
import type { CompareView } from '../../protocol';
import type { Decoded } from '../../runs/values';

export type View = Decoded<CompareView>;

/** More runs than this are asked for by mistake, and could not be told apart. */
export const MOST_RUNS = 50;

export const PLAIN_VIEW: View = {
  x: 'epoch',
  metrics: [],
  smoothing: 0,
  log: false,
  best: false,
  hidden: [],
  sort: '',
  descending: false,
  differing: true,
  checkpoints: []
};
