/** What the kernel says to a widget, read with care. */
import type { Heard, Lines } from '../protocol';
import * as decoders from '../runs/decoders';
import { CorruptRecordError, list, plain, text } from '../runs/values';

/** A message of the kernel; null for one that a newer version invented. */
export function decodeMessage(value: unknown): Heard | Lines | null {
  const { type } = plain(value);
  return type === 'lines' ? decoders.lines(value) : type === 'heard' ? decoders.heard(value) : null;
}

/** The lines that the widget's state holds. */
export function decodeHead(value: unknown): string[] {
  try {
    return list(text)(value);
  } catch (error) {
    if (error instanceof CorruptRecordError) {
      return [];
    }
    throw error;
  }
}
