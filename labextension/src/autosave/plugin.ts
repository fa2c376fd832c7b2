import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { INotebookTracker } from '@jupyterlab/notebook';

import { OutputSaver } from './outputSaver';
import { IOutputSaver } from './tokens';

/** Saves notebooks when a run shows in them. */
export const keepPlugin: JupyterFrontEndPlugin<IOutputSaver> = {
  id: 'kresume_nb:keep',
  description: 'Keeps the panels of runs in the notebook file.',
  autoStart: true,
  requires: [INotebookTracker],
  provides: IOutputSaver,
  activate: (_: JupyterFrontEnd, notebooks: INotebookTracker): IOutputSaver => {
    const keeper = new OutputSaver(
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
