import { Token } from '@lumino/coreutils';

/** Keeps outputs in the notebook file, so that a reloaded page finds them again. */
export interface IOutputKeeper {
  /** See `OutputKeeper.keep`. */
  keep(path: string): Promise<void>;
}

export const IOutputKeeper = new Token<IOutputKeeper>(
  'kresume_nb:IOutputKeeper',
  'Keeps outputs in the notebook file, so that a reloaded page finds them again.'
);
