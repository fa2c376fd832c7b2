import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { NotebookPanel } from '@jupyterlab/notebook';
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
  activate: (_: JupyterFrontEnd, notebooks: INotebookTracker): IOutputKeeper => {
    const keeper = new OutputKeeper(
      path => notebooks.find(panel => panel.context.path === path)?.context
    );
    const queue = ({ context }: NotebookPanel): void => {
      keeper.queue(context);
    };
    notebooks.forEach(queue);
    notebooks.widgetAdded.connect((_tracker, panel) => {
      queue(panel);
    });
    return keeper;
  }
};
