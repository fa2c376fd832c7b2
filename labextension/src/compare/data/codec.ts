/** The records of a comparison, read with care. */
import type { CheckpointRef, CompareBundle, Compared, CompareView } from '../../protocol';
import { header, summary } from '../../runs/codec';
import type { Decoded } from '../../runs/values';
import {
  dict,
  flag,
  int,
  list,
  maybe,
  num,
  nums,
  oneOf,
  otherwise,
  record,
  text
} from '../../runs/values';

const checkpointRef = record<CheckpointRef>({ run: text, file: text });

const compareView = record<Decoded<CompareView>>({
  x: otherwise(oneOf('epoch', 'step', 'examples', 'time', 'elapsed'), 'epoch'),
  metrics: otherwise(list(text), []),
  smoothing: otherwise(num, 0),
  log: otherwise(flag, false),
  best: otherwise(flag, false),
  hidden: otherwise(list(text), []),
  sort: otherwise(text, ''),
  descending: otherwise(flag, false),
  differing: otherwise(flag, true),
  checkpoints: otherwise(list(checkpointRef), [])
});

const compareBundle = record<Decoded<CompareBundle>>({
  schema: otherwise(int, 1),
  folders: list(text),
  view: otherwise(compareView, compareView({}))
});

const compared = record<Decoded<Compared>>({
  key: text,
  title: otherwise(text, ''),
  header: maybe(header),
  summary: maybe(summary),
  history: dict(nums),
  problem: otherwise(text, ''),
  thinned: otherwise(int, 0)
});

/** A comparison in a notebook's output. */
export function decodeCompareBundle(value: unknown): Decoded<CompareBundle> {
  return compareBundle(value);
}

/** How a comparison is looked at. */
export function decodeCompareView(value: unknown): Decoded<CompareView> {
  return compareView(value);
}

/** A run of a comparison, as a server or a kernel tells it. */
export function decodeCompared(value: unknown): Decoded<Compared> {
  return compared(value);
}
