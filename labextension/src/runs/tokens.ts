import { Token } from '@lumino/coreutils';

import type { RunFiles } from './files';
import type { KernelWatch } from './kernels';
import type { ServerRoutes } from './server';

/** What the panel and the banner need to know how a run stands. */
export interface IRuns {
  readonly files: RunFiles;
  readonly kernels: KernelWatch;
  readonly server: ServerRoutes;
  /** Name of the folder beside a notebook in which its runs are looked for. */
  readonly folderName: () => string;
}

export const IRuns = new Token<IRuns>(
  'kresume_nb:IRuns',
  'Reads run folders and watches the kernels behind them.'
);
