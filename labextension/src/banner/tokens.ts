import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import type { NotebookPanel } from '@jupyterlab/notebook';

import type { BannerModel } from './model';
import type { BannerView } from './view';

/** A banner and its notebook. */
export interface Banner {
  panel: NotebookPanel;
  model: BannerModel;
  view: BannerView;
}

/** The banners of the open notebooks, for whoever adds to them. */
export interface IBanners {
  readonly all: ReadonlyMap<NotebookPanel, Banner>;
  readonly added: ISignal<IBanners, Banner>;
}

export const IBanners = new Token<IBanners>(
  'kresume_nb:IBanners',
  'The bars above notebooks whose training stopped.'
);
