/**
 * Whose run it is: pure, the twin of `kresume_nb/run/ownership.py`.
 *
 * Cases in `tests/golden/ownership.json` and `training_cell.json` hold both to the same answers.
 */
import type { Cell, Header } from '../protocol';
import { sameSource } from './masking';
import type { Decoded } from './values';

/** `edited`: only the cell's place speaks for it, which yields to any run that matches otherwise. */
export type Match = 'no' | 'edited' | 'yes';

/** A training cell, as whoever asks knows it now. */
export interface Owner {
  /** Null in scripts. */
  cell: Cell | null;
  /** The notebook's code cells; none where they are not known. */
  cells: readonly Cell[];
  /** Cells that ran before the training cell, where that is known. */
  setup: readonly Cell[];
}

/** What the rule looks at in a run's header. */
export type Recorded = Pick<Decoded<Header>, 'notebook' | 'notebook_path' | 'cell' | 'setup'>;

/** Whether a run is the notebook's at `own`: it recorded that one, or one that is gone. */
export function sameNotebook(
  recorded: string | null,
  own: string | null,
  exists: boolean
): boolean {
  return recorded === null || own === null || recorded === own || !exists;
}

/** Where the run's notebook was, relative to the folder of run folders. */
export function recordedPath({ notebook_path, notebook }: Recorded): string | null {
  // An older version wrote its name only; the folder of run folders lay beside it by default.
  return notebook_path ?? (notebook === null ? null : `../${notebook}`);
}

/** Which of a notebook's code cells trained a run, and how well that is known; null if none did. */
export interface Found {
  place: number;
  /** Not by its place alone. */
  sure: boolean;
}

/**
 * By its id, by the output that shows the run, by its source, by its place. `shows`: the places of
 * the cells whose output shows the run.
 */
export function cellOf(
  header: Recorded,
  cells: readonly Cell[],
  shows: ReadonlySet<number>
): Found | null {
  const then = header.cell;
  if (then === null) {
    return null;
  }
  const matches = cells.map(cell => matchCell({ cell, cells, setup: [] }, header));
  const byId = cells.findIndex(cell => then.id !== null && cell.id === then.id);
  const byOutput = cells.findIndex((_, place) => shows.has(place));
  const sure = [byId, byOutput, matches.indexOf('yes')].find(place => place >= 0);
  if (sure !== undefined) {
    return { place: sure, sure: true };
  }
  const place = matches.indexOf('edited');
  return place < 0 ? null : { place, sure: false };
}

/** Whether a cell trained a run. */
export function matchCell(owner: Owner, header: Recorded): Match {
  const { cell: then } = header;
  const { cell: now, cells } = owner;
  if (then === null || now === null) {
    return 'yes';
  }
  const same = sameSource(then.source, now.source);
  if (then.id !== null && now.id !== null) {
    // Notebooks of an older format keep no ids: each time one is opened its cells get new ones.
    const lost = same && cells.length > 0 && cells.every(cell => cell.id !== then.id);
    return then.id === now.id || lost ? 'yes' : 'no';
  }
  if (same) {
    return standsElsewhere(then, now, cells) ? 'no' : 'yes';
  }
  return editedInPlace(owner, header, then, now) ? 'edited' : 'no';
}

/** Whether the recorded cell is another one of the same source. */
function standsElsewhere(then: Cell, now: Cell, cells: readonly Cell[]): boolean {
  if (then.place === null || now.place === null || then.place === now.place) {
    return false;
  }
  const there = cells[then.place];
  return there !== undefined && sameSource(there.source, then.source);
}

function editedInPlace(owner: Owner, header: Recorded, then: Cell, now: Cell): boolean {
  if (owner.cells.some(cell => sameSource(cell.source, then.source))) {
    return false;
  }
  if (then.place !== null && now.place !== null) {
    return then.place === now.place;
  }
  const sources = (cells: readonly Cell[]): string[] =>
    cells.flatMap(cell => (cell.late ? [] : [cell.source]));
  const before = sources(header.setup);
  const present = sources(owner.setup);
  const same = before.every((source, place) => sameSource(source, present[place] ?? ''));
  return before.length > 0 && before.length === present.length && same;
}
