/** The records of a comparison, read with care. */
import type { CompareBundle, Compared, CompareView } from '../../protocol';
import * as decoders from '../../runs/decoders';
import type { Decoded } from '../../runs/values';

/** A comparison in a notebook's output. */
export function decodeCompareBundle(value: unknown): Decoded<CompareBundle> {
  return decoders.compareBundle(value);
}

/** How a comparison is looked at. */
export function decodeCompareView(value: unknown): Decoded<CompareView> {
  return decoders.compareView(value);
}

/** A run of a comparison, as a server or a kernel tells it. */
export function decodeCompared(value: unknown): Decoded<Compared> {
  return decoders.compared(value);
}
