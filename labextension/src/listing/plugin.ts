import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { folderOf, joinPath } from '../runs/location';
import { IRuns } from '../runs/tokens';
import { IPreferences } from '../settings/tokens';
import { RunActions } from './actions';
import { addCommands, CommandIDs, ON_RUNS } from './commands';
import { ContentsRows } from './contents';
import { runsIcon } from './icons';
import { ListingModel } from './model';
import { PANEL_ID, RunsPanel } from './panel';
import { RouteRows } from './routes';

/** Below the file browser and the running kernels. */
const RANK = 350;

/** The side panel of runs, and its commands. */
export const listingPlugin: JupyterFrontEndPlugin<void> = {
  id: 'kresume_nb:listing',
  description: 'Lists training runs in a side panel.',
  autoStart: true,
  requires: [IRuns, IPreferences],
  optional: [INotebookTracker, ITranslator, ICommandPalette, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    runs: IRuns,
    preferences: IPreferences,
    notebooks: INotebookTracker | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('kresume_nb');
    const { contents } = app.serviceManager;
    const routes = new RouteRows(runs.server, runs.files, path => contents.localPath(path));
    const slow = new ContentsRows(runs.files);
    const model = new ListingModel(
      async () => ((await runs.server.available) ? routes : slow),
      runs.kernels
    );

    const place = (): void => {
      const path = notebooks?.currentWidget?.context.path;
      model.beside = path === undefined ? null : joinPath(folderOf(path), runs.folderName());
    };
    notebooks?.currentChanged.connect(place);
    place();

    addCommands(app, model, new RunActions(model, runs, contents, trans), trans);
    const panel = new RunsPanel({
      model,
      commands: app.commands,
      retention: () => preferences.values.retention,
      now: () => runs.files.now(),
      translator: translator ?? nullTranslator,
      trans
    });
    app.shell.add(panel, 'left', { rank: RANK });
    restorer?.add(panel, PANEL_ID);
    const prefer = (): void => {
      model.order = preferences.values.listOrder;
      place();
      panel.redraw();
    };
    preferences.changed.connect(prefer);
    prefer();

    app.commands.addCommand(CommandIDs.show, {
      label: trans.__('Show Training Runs'),
      caption: trans.__('The runs beside the notebook, and all others'),
      icon: runsIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => {
        app.shell.activateById(PANEL_ID);
      }
    });

    const category = trans.__('Training');
    for (const command of [CommandIDs.show, ...ON_RUNS, CommandIDs.refresh]) {
      palette?.addItem({ command, category });
    }
    ON_RUNS.forEach((command, rank) => {
      app.contextMenu.addItem({ command, selector: '.kr-Run', rank });
    });
  }
};
