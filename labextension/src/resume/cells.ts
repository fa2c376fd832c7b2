/** A notebook's code cells as it is now, and the runs that their outputs show. */
import type { NotebookPanel } from '@jupyterlab/notebook';

import type { Cell } from '../protocol';
import { MIME } from '../protocol';
import { decodeBundle } from '../runs/codec';
import { resolveFolder } from '../runs/location';

/** A cell, and the folders of the runs that it shows. */
export interface ShownCell extends Cell {
  shows: string[];
}

/** All of them, in their order. */
export function cellsOf(panel: NotebookPanel): ShownCell[] {
  const cells = panel.content.model?.sharedModel.cells ?? [];
  const code = cells.flatMap(cell => (cell.cell_type === 'code' ? [cell] : []));
  return code.map((cell, place) => ({
    id: cell.getId(),
    source: cell.getSource(),
    late: false,
    place,
    shows: (cell.toJSON().outputs as unknown[]).flatMap(output => {
      const data = (output as { data?: Record<string, unknown> }).data?.[MIME];
      const folder = data === undefined ? null : folderIn(data, panel.context.path);
      return folder === null ? [] : [folder];
    })
  }));
}

/** The places of the cells that show a run. */
export function showing(cells: readonly ShownCell[], folder: string): ReadonlySet<number> {
  return new Set(cells.flatMap(({ shows }, place) => (shows.includes(folder) ? [place] : [])));
}

function folderIn(data: unknown, path: string): string | null {
  try {
    return resolveFolder(path, decodeBundle(data).folder);
  } catch {
    return null; // The panel says what is wrong with it.
  }
}
