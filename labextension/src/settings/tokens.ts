import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';

import type { Preferences } from './preferences';

/** What a person set, now. */
export interface IPreferences {
  readonly values: Preferences;
  /** Resolves once they are read, or cannot be. */
  readonly ready: Promise<void>;
  readonly changed: ISignal<unknown, void>;
}

export const IPreferences = new Token<IPreferences>(
  'kresume_nb:IPreferences',
  'The settings of kresume_nb.'
);
