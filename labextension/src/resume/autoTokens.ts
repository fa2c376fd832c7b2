import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';

import type { AutoSwitch } from '../protocol';
import type { Decoded } from '../runs/values';

/** The switch "resume by itself" of each run: the user's, never part of what a run folder says. */
export interface IAutoResume {
  /** Whether a run resumes by itself when its kernel dies. `folder`: the API path of its folder. */
  enabled(folder: string): Promise<boolean>;
  /** The same, with since when, and whether the server does it where no page is open. */
  read(folder: string): Promise<Decoded<AutoSwitch>>;
  /** Turn it on or off. Rejects if that cannot be kept; the message is for a person. */
  set(folder: string, on: boolean): Promise<void>;
  /** Emits the folder of a run whose switch was turned in this page. */
  readonly changed: ISignal<IAutoResume, string>;
}

export const IAutoResume = new Token<IAutoResume>(
  'kresume_nb:IAutoResume',
  'Which runs resume by themselves when their kernel dies.'
);
