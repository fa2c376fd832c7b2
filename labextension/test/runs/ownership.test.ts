/** The cases that Python's tests read too, with the same answers. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import type { Cell } from '../../src/protocol';
import type { Match } from '../../src/runs/ownership';
import { cellOf, matchCell, recordedPath, sameNotebook } from '../../src/runs/ownership';
import { header, recorded } from '../events';

interface Said {
  id?: string | null;
  source: string;
  place?: number | null;
}

interface Case {
  case: string;
  match: Match;
  run: {
    notebook?: string;
    notebook_path?: string | null;
    cell: Said | null;
    setup?: string[];
  };
  owner: { notebook: string | null; cell: Said | null; cells?: Said[]; setup?: string[] };
  exists: string[];
}

interface Found {
  case: string;
  cell: Said;
  cells: Said[];
  shows: number[];
  found: { place: number; sure: boolean } | null;
}

/** Tests run in `labextension/.tests`. */
function golden<T>(name: string): T[] {
  const file = join(process.cwd(), '..', '..', 'tests', 'golden', name);
  return JSON.parse(readFileSync(file, 'utf8')) as T[];
}

function cell({ id = null, source, place = null }: Said): Cell {
  return { ...recorded(id, source), place };
}

for (const { case: name, match: expected, run, owner, exists } of golden<Case>('ownership.json')) {
  test(`golden owner: ${name}`, () => {
    const sources = (of: string[] = []): Cell[] => of.map(source => recorded(null, source));
    const made = header({
      notebook: run.notebook ?? null,
      notebook_path: run.notebook_path ?? null,
      cell: run.cell && cell(run.cell),
      setup: sources(run.setup)
    });
    const asked = {
      cell: owner.cell && cell(owner.cell),
      cells: (owner.cells ?? []).map(cell),
      setup: sources(owner.setup)
    };
    const path = recordedPath(made);
    const there = path !== null && exists.includes(path);
    const same = sameNotebook(path, owner.notebook, there);
    assert.equal(same ? matchCell(asked, made) : 'no', expected);
  });
}

for (const one of golden<Found>('training_cell.json')) {
  test(`golden training cell: ${one.case}`, () => {
    const made = header({ cell: cell(one.cell) });
    const cells = one.cells.map((said, place) => cell({ place, ...said }));
    assert.deepEqual(cellOf(made, cells, new Set(one.shows)), one.found);
  });
}
