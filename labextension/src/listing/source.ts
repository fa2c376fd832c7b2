/** Where the list gets its runs from. */
import type { Entry, Row } from './entry';

/** Runs of a folder, or below one. */
export interface Listing {
  entries: Entry[];
  /** Whether all was looked through. */
  complete: boolean;
}

export interface RowSource {
  /** The runs in a folder; none if the folder is not there. */
  folder(path: string): Promise<Listing>;
  /** All runs below the server's root; null where that cannot be told. */
  below(): Promise<Listing | null>;
  /** The row of an entry that has none. */
  read(entry: Entry): Promise<Row>;
  /** Seconds since 1970 in the server's clock. */
  now(): number;
}
