import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import type { NotebookPanel } from '@jupyterlab/notebook';

import type { Candidate } from './choose';
import type { ResumeError } from './execute';

/** A notebook's stopped training, as the bar above it knows it, for whoever resumes it by itself. */
export interface IStoppedRun {
  readonly changed: ISignal<unknown, void>;
  /** The run that could be resumed; null if none could. */
  readonly stopped: Candidate | null;
  /** Whether the bar shows itself. */
  readonly isOffered: boolean;
  /** Looks at the runs of the notebook again. */
  check(): Promise<void>;
  /** Has the bar say something of resuming by itself; nothing for an empty text. */
  tell(text: string, busy?: boolean): void;
  /** Resumes the run; null if training goes on, else why it does not. */
  resumeByItself(attempt: number): Promise<ResumeError | null>;
}

/** The bar above a notebook. */
export interface IBanner {
  readonly panel: NotebookPanel;
  readonly model: IStoppedRun;
  readonly view: {
    /** Where others may add to the bar. */
    readonly slot: HTMLElement;
  };
}

/** The bars of the open notebooks, for whoever adds to them. */
export interface IBanners {
  readonly all: ReadonlyMap<NotebookPanel, IBanner>;
  readonly added: ISignal<IBanners, IBanner>;
}

export const IBanners = new Token<IBanners>(
  'kresume_nb:IBanners',
  'The bars above notebooks whose training stopped.'
);
