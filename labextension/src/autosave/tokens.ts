import { Token } from '@lumino/coreutils';

/** Keeps outputs in the notebook file, so that a reloaded page finds them again. */
export interface IOutputSaver {
  /** See `OutputSaver.keep`. */
  keep(path: string): Promise<void>;
}

export const IOutputSaver = new Token<IOutputSaver>(
  'kresume_nb:IOutputSaver',
  'Keeps outputs in the notebook file, so that a reloaded page finds them again.'
);
