/** Runs of the notebook that this one was copied from: not its own, but it may fork them. Pure. */
import { recordedPath } from '../runs/ownership';
import type { Position } from '../protocol';
import type { Candidate } from '../resume/choose';
import { newestCheckpoint } from '../runs/checkpoints';

/** A point that a run of another notebook can be forked from: its newest. */
export interface ForeignRun {
  folder: string;
  run: string;
  /** File name of the notebook that trained it. */
  notebook: string;
  checkpoint: string;
  position: Position;
}

/** The point of a run; none if it keeps no checkpoint. */
export function foreignPoint({ folder, header, state }: Candidate): ForeignRun[] {
  const newest = newestCheckpoint(state);
  const path = recordedPath(header) ?? '';
  const notebook = path.slice(path.lastIndexOf('/') + 1);
  return newest === null
    ? []
    : [
        {
          folder,
          run: header.name,
          notebook,
          checkpoint: newest.file,
          position: newest.position
        }
      ];
}
