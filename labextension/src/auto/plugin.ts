import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';

import { IRuns } from '../runs/tokens';
import { Switches } from './switches';
import { IAutoResume } from './tokens';

/** The switches "resume by itself", for whoever shows them. */
export const switchesPlugin: JupyterFrontEndPlugin<IAutoResume> = {
  id: 'kresume_nb:auto-switches',
  description: 'Keeps which runs resume by themselves when their kernel dies.',
  autoStart: true,
  requires: [IRuns],
  provides: IAutoResume,
  activate: (_: JupyterFrontEnd, runs: IRuns): IAutoResume =>
    new Switches(runs.server, runs.files, window.localStorage)
};
