import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { RememberedChoices } from '../panel/remembered';
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
import { RunTab } from './tab';

/** Below the file browser and the running kernels. */
const RANK = 350;

/** The side panel of runs, its commands, and runs as tabs. */
export const listingPlugin: JupyterFrontEndPlugin<void> = {
  id: 'kresume_nb:listing',
  description: 'Lists training runs in a side panel, and opens them in tabs.',
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
      model.beside =
        path === undefined ? null : joinPath(folderOf(path), preferences.values.runsFolder);
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

    const tabs = new WidgetTracker<MainAreaWidget<RunTab>>({ namespace: 'kresume-run' });
    const remembered = new RememberedChoices(window.localStorage);
    app.commands.addCommand(CommandIDs.openRun, {
      label: trans.__('Open Training Run'),
      caption: trans.__('Open the panel of a run in a tab'),
      icon: runsIcon,
      describedBy: {
        args: {
          type: 'object',
          required: ['path'],
          properties: { path: { type: 'string', description: 'Path of the run folder' } }
        }
      },
      isEnabled: args => typeof args.path === 'string' && args.path !== '',
      execute: async args => {
        const folder = (args.path as string).replace(/\/+$/, '');
        const open = tabs.find(tab => tab.content.folder === folder);
        if (open) {
          app.shell.activateById(open.id);
          return open;
        }
        const tab = new MainAreaWidget({ content: new RunTab(folder, runs, remembered, trans) });
        tab.id = `kresume-run:${folder}`;
        await tabs.add(tab);
        app.shell.add(tab, 'main', { type: 'Training Run' });
        app.shell.activateById(tab.id);
        return tab;
      }
    });
    void restorer?.restore(tabs, {
      command: CommandIDs.openRun,
      args: ({ content }) => ({ path: content.folder }),
      name: ({ content }) => content.folder
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
