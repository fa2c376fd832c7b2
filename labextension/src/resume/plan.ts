/** The set-up cells that a run recorded, found again in the notebook as it is now: pure. */
import type { Cell } from '../protocol';
import { sameSource } from '../runs/masking';

/** A code cell of the notebook as it is now. */
export interface NotebookCell {
  id: string;
  source: string;
  /** How a person tells it apart: `[3]`, its execution count. */
  label: string;
  skipped: boolean;
}

export type SetupStep =
  | { kind: 'run'; cell: NotebookCell; changed: boolean }
  | { kind: 'skip'; cell: NotebookCell }
  | { kind: 'missing'; source: string };

/** Tag of a cell that a resume leaves out. */
export const SKIP_TAG = 'kresume-skip';

/** The set-up cell that `recorded` was: by its id, else by its source. */
export function findCell(recorded: Cell, cells: readonly NotebookCell[]): NotebookCell | null {
  return (
    cells.find(cell => recorded.id !== null && cell.id === recorded.id) ??
    cells.find(cell => sameSource(cell.source, recorded.source)) ??
    null
  );
}

/**
 * What a resume does with each recorded set-up cell, in the recorded order.
 *
 * A cell that first ran when the training had run already (`late`) most likely looks at its results:
 * it is left out unless it stands above the training cell.
 */
export function planSetup(
  setup: readonly Cell[],
  cells: readonly NotebookCell[],
  training: NotebookCell | null
): SetupStep[] {
  const used = new Set<string | undefined>([training?.id]);
  const above = training === null ? cells.length : cells.indexOf(training);
  const steps: SetupStep[] = [];
  for (const recorded of setup) {
    const cell = findCell(recorded, cells);
    if (recorded.late && (cell === null || cells.indexOf(cell) > above)) {
      continue;
    }
    if (cell === null) {
      steps.push({ kind: 'missing', source: recorded.source });
    } else if (!used.has(cell.id)) {
      used.add(cell.id);
      const changed = !sameSource(cell.source, recorded.source);
      steps.push(cell.skipped ? { kind: 'skip', cell } : { kind: 'run', cell, changed });
    }
  }
  return steps;
}
