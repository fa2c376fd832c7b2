import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { IRuns } from '../runs/tokens';
import { Dismissals } from './dismissed';
import { BannerModel } from './model';
import { BannerView } from './view';

/** Identifiers of the commands that do what the bar's buttons do. */
export namespace CommandIDs {
  export const resume = 'kresume:resume';
  export const startOver = 'kresume:start-over';
}

/** The bar above a notebook whose training stopped, and its commands. */
export const bannerPlugin: JupyterFrontEndPlugin<void> = {
  id: 'kresume_nb:banner',
  description: 'Offers to resume a training whose kernel died.',
  autoStart: true,
  requires: [INotebookTracker, IRuns],
  optional: [ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    runs: IRuns,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('kresume_nb');
    const dismissals = new Dismissals(window.localStorage);
    const models = new Map<NotebookPanel, BannerModel>();
    const attach = (panel: NotebookPanel): void => {
      const model = new BannerModel(panel, runs, dismissals, trans);
      models.set(panel, model);
      panel.contentHeader.addWidget(new BannerView(model, trans));
      model.changed.connect(() => {
        app.commands.notifyCommandChanged(CommandIDs.resume);
        app.commands.notifyCommandChanged(CommandIDs.startOver);
      });
      panel.disposed.connect(() => {
        models.delete(panel);
        model.dispose();
      });
    };
    tracker.forEach(attach);
    tracker.widgetAdded.connect((_, panel) => {
      attach(panel);
    });

    /** The model of the notebook at `args.path`, or of the one in front. */
    const modelOf = (args: ReadonlyPartialJSONObject): BannerModel | null => {
      const { path } = args;
      const panel =
        typeof path === 'string'
          ? tracker.find(one => one.context.path === path)
          : tracker.currentWidget;
      return (panel && models.get(panel)) ?? null;
    };
    app.commands.addCommand(CommandIDs.resume, {
      label: trans.__('Resume Stopped Training'),
      caption: trans.__('Run the set-up cells, then go on from the newest checkpoint'),
      isEnabled: args => modelOf(args)?.offer?.canResume ?? false,
      execute: async args => {
        await modelOf(args)?.resume();
      }
    });
    app.commands.addCommand(CommandIDs.startOver, {
      label: trans.__('Start Stopped Training Over'),
      caption: trans.__('Run the set-up cells, then train anew in a new run'),
      isEnabled: args => modelOf(args)?.offer?.canStartOver ?? false,
      execute: async args => {
        await modelOf(args)?.startOver();
      }
    });
    for (const command of [CommandIDs.resume, CommandIDs.startOver]) {
      palette?.addItem({ command, category: trans.__('Training') });
    }
  }
};
