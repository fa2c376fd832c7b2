import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';

import { IPreferences } from '../settings/tokens';
import { RunFiles } from '../runs/files';
import { KernelWatch } from '../runs/kernels';
import { announceExtension } from '../runs/present';
import { ServerRoutes } from '../runs/server';
import { IRuns } from '../runs/tokens';

/** Access to run folders, shared by the panel and the banner. */
export const runsPlugin: JupyterFrontEndPlugin<IRuns> = {
  id: 'kresume_nb:runs',
  description: 'Reads the run folders of kresume_nb.',
  autoStart: true,
  provides: IRuns,
  requires: [IPreferences],
  optional: [INotebookTracker],
  activate: (
    app: JupyterFrontEnd,
    preferences: IPreferences,
    tracker: INotebookTracker | null
  ): IRuns => {
    announceExtension();
    const files = new RunFiles(app.serviceManager.contents);
    return {
      files,
      kernels: new KernelWatch(tracker, () => files.now(), window.sessionStorage),
      server: new ServerRoutes(app.serviceManager.serverSettings),
      folderName: () => preferences.values.runsFolder
    };
  }
};
