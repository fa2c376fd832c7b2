/** What can be done from a point of a curve; a front end offers what it can. */
import type { CheckpointRef } from '../../protocol';
import type { ComparedRun } from './labels';

export interface PointActions {
  /** Open the panel of a run. */
  open?: (run: ComparedRun) => void;
  /** Train on from a checkpoint as a run of its own. */
  fork?: (run: ComparedRun, file: string) => void;
  /** Keep a checkpoint, whatever the retention rule says. */
  pin?: (run: ComparedRun, file: string) => Promise<void>;
  /** Insert a cell that loads it; it is not run. */
  load?: (run: ComparedRun, file: string, epoch: number | null) => Promise<void>;
  /** Save the file where the browser saves files. */
  download?: (run: ComparedRun, file: string) => Promise<void>;
  /** Insert a cell that lays two checkpoints side by side; it is not run. */
  compare?: (pair: readonly [CheckpointRef, CheckpointRef]) => Promise<void>;
}
