import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';

import { IRuns } from '../runs/tokens';
import { Dismissals } from './dismissed';
import { BannerModel } from './model';
import type { Banner } from './tokens';
import { IBanners } from './tokens';
import { BannerView } from './view';

/** Identifiers of the commands that do what the bar's buttons do. */
export namespace CommandIDs {
  export const resume = 'kresume:resume';
  export const startOver = 'kresume:start-over';
}

/** The bar above a notebook whose training stopped, and its commands. */
export const bannerPlugin: JupyterFrontEndPlugin<IBanners> = {
  id: 'kresume_nb:banner',
  description: 'Offers to resume a training whose kernel died.',
  autoStart: true,
  provides: IBanners,
  requires: [INotebookTracker, IRuns],
  optional: [ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    runs: IRuns,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ): IBanners => {
    const trans = (translator ?? nullTranslator).load('kresume_nb');
    const dismissals = new Dismissals(window.localStorage);
    const banners = new Banners();
    const attach = (panel: NotebookPanel): void => {
      const model = new BannerModel(panel, runs, dismissals, trans);
      const view = new BannerView(model, trans);
      panel.contentHeader.addWidget(view);
      model.changed.connect(() => {
        app.commands.notifyCommandChanged(CommandIDs.resume);
        app.commands.notifyCommandChanged(CommandIDs.startOver);
      });
      panel.disposed.connect(() => {
        banners.all.delete(panel);
        model.dispose();
      });
      banners.add({ panel, model, view });
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
      return (panel && banners.all.get(panel)?.model) ?? null;
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
    return banners;
  }
};

class Banners implements IBanners {
  readonly all = new Map<NotebookPanel, Banner>();
  readonly added = new Signal<this, Banner>(this);

  add(banner: Banner): void {
    this.all.set(banner.panel, banner);
    this.added.emit(banner);
  }
}
