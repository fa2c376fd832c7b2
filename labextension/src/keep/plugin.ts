import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';

import { OutputKeeper } from './keeper';
import { IOutputKeeper } from './tokens';

/** Saves notebooks when a run shows in them. */
export const keepPlugin: JupyterFrontEndPlugin<IOutputKeeper> = {
  id: 'kresume_nb:keep',
  description: 'Keeps the panels of runs in the notebook file.',
  autoStart: true,
  requires: [INotebookTracker],
  provides: IOutputKeeper,
  activate: (_: JupyterFrontEnd, notebooks: INotebookTracker): IOutputKeeper =>
    new OutputKeeper(path => notebooks.find(panel => panel.context.path === path)?.context)
};
