import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import { MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import type { DocumentRegistry, IDocumentWidget } from '@jupyterlab/docregistry';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { RememberedChoices } from '../charts/remembered';
import { isRunName, joinPath, runOf, RUNS_FOLDER } from '../runs/location';
import { IRuns } from '../runs/tokens';
import { CommandIDs } from './commands';
import { FACTORY, RunDocumentFactory } from './document';
import { runsIcon } from './icons';
import { RunTab } from './tab';
import { FILES } from '../protocol';

const FILE_TYPE = 'kresume-history';

/** Runs as tabs: by command, by a double click on `history.json`, from the menu of a run folder. */
export const tabsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'kresume_nb:tabs',
  description: 'Opens training runs in tabs.',
  autoStart: true,
  requires: [IRuns],
  optional: [ITranslator, ILayoutRestorer, ILabShell, IFileBrowserFactory],
  activate: (
    app: JupyterFrontEnd,
    runs: IRuns,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    labShell: ILabShell | null,
    browsers: IFileBrowserFactory | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('kresume_nb');
    const { commands, docRegistry, shell } = app;
    const remembered = new RememberedChoices(window.localStorage);
    const makeTab = (folder: string): RunTab => new RunTab(folder, runs, remembered, trans);
    const tabs = new WidgetTracker<MainAreaWidget<RunTab>>({ namespace: 'kresume-run' });
    const documents = new WidgetTracker<IDocumentWidget>({ namespace: 'kresume-history' });

    commands.addCommand(CommandIDs.openRun, {
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
        const open =
          tabs.find(one => one.content.folder === folder) ??
          documents.find(({ content }) => content instanceof RunTab && content.folder === folder);
        if (open) {
          shell.activateById(open.id);
          return open;
        }
        if (labShell === null) {
          // Notebook 7 has one document a browser tab, and opens another for a file.
          const path = joinPath(folder, FILES.history);
          return commands.execute('docmanager:open', { path, factory: FACTORY }) as unknown;
        }
        const tab = new MainAreaWidget({ content: makeTab(folder) });
        tab.id = `kresume-run:${folder}`;
        tab.title.label = tab.content.name;
        tab.title.caption = folder;
        tab.title.icon = runsIcon;
        await tabs.add(tab);
        shell.add(tab, 'main', { type: FACTORY });
        shell.activateById(tab.id);
        return tab;
      }
    });
    void restorer?.restore(tabs, {
      command: CommandIDs.openRun,
      args: ({ content }) => ({ path: content.folder }),
      name: ({ content }) => content.folder
    });

    docRegistry.addFileType({
      name: FILE_TYPE,
      displayName: trans.__('Training run'),
      pattern: '^history\\.json$',
      extensions: [],
      mimeTypes: ['application/json'],
      contentType: 'file',
      fileFormat: 'text',
      icon: runsIcon
    });
    docRegistry.addFileType({
      name: 'kresume-runs',
      displayName: trans.__('Training runs'),
      pattern: `^${RUNS_FOLDER}$`,
      extensions: [],
      mimeTypes: ['text/directory'],
      contentType: 'directory',
      icon: runsIcon
    });
    const factory = new RunDocumentFactory(
      {
        name: FACTORY,
        label: trans.__('Training Run'),
        fileTypes: [FILE_TYPE],
        defaultFor: [FILE_TYPE]
      },
      docRegistry,
      path => runOf(path, runs.folderName()),
      makeTab
    );
    docRegistry.addWidgetFactory(factory as DocumentRegistry.WidgetFactory);
    factory.widgetCreated.connect((_, document) => {
      if (document.content instanceof RunTab) {
        document.title.icon = runsIcon;
        void documents.add(document);
      }
    });
    void restorer?.restore(documents, {
      command: 'docmanager:open',
      args: ({ context }) => ({ path: context.path, factory: FACTORY }),
      name: ({ context }) => context.path
    });

    const browsed = (): string[] =>
      [...(browsers?.tracker.currentWidget?.selectedItems() ?? [])]
        .filter(one => one.type === 'directory' && isRunName(one.name))
        .map(one => one.path);
    commands.addCommand(CommandIDs.openBrowsed, {
      label: trans.__('Open Training Run'),
      icon: runsIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      isVisible: () => browsed().length > 0,
      execute: async () => {
        for (const path of browsed()) {
          await commands.execute(CommandIDs.openRun, { path });
        }
      }
    });
    app.contextMenu.addItem({
      command: CommandIDs.openBrowsed,
      selector: '.jp-DirListing-item[data-isdir="true"]',
      rank: 0.5
    });
  }
};
