/** Readers of JSON values: each gives the value that a record's field should be, or refuses it. */
import type { Num } from '../protocol';

/** A record of the protocol after reading: its numbers are numbers. */
export type Decoded<T> = [Num] extends [T]
  ? number | Exclude<T, Num>
  : T extends (infer Item)[]
    ? Decoded<Item>[]
    : T extends object
      ? { [Key in keyof T]: Decoded<T[Key]> }
      : T;

/** The text holds no such record. Readers skip it and count it. */
export class CorruptRecordError extends Error {
  override name = 'CorruptRecordError';
}

export type Reader<T> = (value: unknown) => T;
type Fields<T> = { [Key in keyof Required<T>]: Reader<T[Key]> };

const NON_FINITE = new Map<unknown, number>([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity]
]);

/** The number that a JSON value stands for. */
export function num(value: unknown): number {
  if (typeof value === 'number') {
    return value;
  }
  const named = NON_FINITE.get(value);
  if (named === undefined) {
    throw new CorruptRecordError(`Expected a number, received ${typeof value}`);
  }
  return named;
}

/** Whole numbers stay below it, in Python, too (`run/limits.py`). */
const INTEGER = 2 ** 64;

/** A whole number. */
export function int(value: unknown): number {
  if (!Number.isInteger(value) || Math.abs(value as number) >= INTEGER) {
    throw new CorruptRecordError(`Expected a whole number, received ${typeof value}`);
  }
  return value as number;
}

/** A string. */
export function text(value: unknown): string {
  if (typeof value !== 'string') {
    throw new CorruptRecordError(`Expected a string, received ${typeof value}`);
  }
  return value;
}

/** True or false. */
export function flag(value: unknown): boolean {
  if (typeof value !== 'boolean') {
    throw new CorruptRecordError(`Expected true or false, received ${typeof value}`);
  }
  return value;
}

/** An object of whatever content. */
export function plain(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CorruptRecordError(`Expected an object, received ${typeof value}`);
  }
  return value as Record<string, unknown>;
}

/** A list of such items. */
export function list<T>(item: Reader<T>): Reader<T[]> {
  return value => {
    if (!Array.isArray(value)) {
      throw new CorruptRecordError(`Expected a list, received ${typeof value}`);
    }
    return value.map(item);
  };
}

/** A list of numbers; a run of a million steps has millions, so one that needs no change is not copied. */
export function nums(value: unknown): number[] {
  if (!Array.isArray(value)) {
    throw new CorruptRecordError(`Expected a list, received ${typeof value}`);
  }
  return value.every(one => typeof one === 'number') ? value : value.map(num);
}

/** Names come from files: `fromEntries` defines even `__proto__` as a plain key. */
export function dict<T>(item: Reader<T>): Reader<Record<string, T>> {
  return value =>
    Object.fromEntries(Object.entries(plain(value)).map(([key, one]) => [key, item(one)]));
}

/** The value, or null. */
export function maybe<T>(item: Reader<T>): Reader<T | null> {
  return value => (value === null ? null : item(value));
}

/** A field that older writers leave out. */
export function otherwise<T>(item: Reader<T>, missing: T): Reader<T> {
  return value => (value === undefined ? missing : item(value));
}

/** One of some words. */
export function oneOf<T extends string>(...choices: T[]): Reader<T> {
  return value => {
    const found = choices.find(choice => choice === value);
    if (found === undefined) {
      throw new CorruptRecordError(`Expected one of ${choices.join(', ')}`);
    }
    return found;
  };
}

/** An object with these fields; others are ignored. */
export function record<T>(fields: Fields<T>): Reader<T> {
  const readers = Object.entries<Reader<unknown>>(fields);
  return value => {
    const source = plain(value);
    const values: Record<string, unknown> = Object.fromEntries(
      readers.map(([key, read]) => [key, read(source[key])])
    );
    return values as T;
  };
}
