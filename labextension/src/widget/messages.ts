/** What the kernel says to a widget, read with care. */
import type { Heard, Lines } from '../protocol';
import type { Reader } from '../runs/values';
import { CorruptRecordError, flag, int, list, oneOf, plain, record, text } from '../runs/values';

const lines: Reader<Lines> = record<Lines>({
  type: oneOf('lines'),
  first: int,
  lines: list(text),
  alive: flag
});

const heard: Reader<Heard> = record<Heard>({ type: oneOf('heard'), id: text, taken: flag });

/** A message of the kernel; null for one that a newer version invented. */
export function decodeMessage(value: unknown): Heard | Lines | null {
  const { type } = plain(value);
  return type === 'lines' ? lines(value) : type === 'heard' ? heard(value) : null;
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
