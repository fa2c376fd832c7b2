import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, InputDialog, Notification } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { INotebookTracker } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';

import { IRuns } from '../runs/tokens';
import { Dismissals } from './dismissed';
import type { ForeignRun } from './foreign';
import { BannerModel } from './model';
import type { IBanner } from '../resume/stoppedRun';
import { IBanners } from '../resume/stoppedRun';
import { BannerView } from './view';
import { foreignLabel } from './messages';

/** Identifiers of the commands that do what the bar's buttons do. */
export namespace CommandIDs {
  export const resume = 'kresume:resume';
  export const startOver = 'kresume:start-over';
  export const load = 'kresume:load-model';
  export const forkForeign = 'kresume:fork-other-notebook';
}

interface Banner extends IBanner {
  readonly model: BannerModel;
  readonly view: BannerView;
}

/** Commands of other parts, called where they are there. */
const COMPARE = 'kresume:compare';
const OPEN = 'docmanager:open';

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
    const compare = (): ((folders: string[]) => void) | null =>
      app.commands.hasCommand(COMPARE)
        ? runs => void app.commands.execute(COMPARE, { runs })
        : null;
    const attach = (panel: NotebookPanel): void => {
      const model = new BannerModel(panel, runs, dismissals, trans);
      const view = new BannerView(model, trans, compare);
      panel.contentHeader.addWidget(view);
      model.changed.connect(() => {
        for (const command of Object.values(CommandIDs)) {
          app.commands.notifyCommandChanged(command);
        }
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

    const panelAt = (path: string): NotebookPanel | undefined =>
      tracker.find(one => one.context.path === path);

    /** The bar of the notebook at `args.path`, or of the one in front. */
    const modelOf = (args: ReadonlyPartialJSONObject): BannerModel | null => {
      const { path } = args;
      const panel = typeof path === 'string' ? panelAt(path) : tracker.currentWidget;
      return (panel && banners.all.get(panel)?.model) ?? null;
    };

    /** The same, after opening the notebook if it is not open. */
    const opened = async (args: ReadonlyPartialJSONObject): Promise<BannerModel | null> => {
      const { path } = args;
      if (typeof path === 'string') {
        if (panelAt(path) === undefined || app.shell.currentWidget !== panelAt(path)) {
          await app.commands.execute(OPEN, { path });
        }
        const panel = panelAt(path);
        await panel?.context.ready;
        await panel?.revealed;
      }
      const model = modelOf(args);
      await model?.check();
      return model;
    };
    const add = (
      command: string,
      label: string,
      caption: string,
      can: (model: BannerModel) => boolean,
      act: (model: BannerModel, args: ReadonlyPartialJSONObject) => Promise<boolean> | boolean,
      missing = trans.__('No training of this notebook is stopped')
    ): void => {
      app.commands.addCommand(command, {
        label,
        caption,
        describedBy: { args: ARGUMENTS },
        isEnabled: args => {
          const model = modelOf(args);
          // What another notebook offers is known once it is open.
          return typeof args.path === 'string' || (model !== null && can(model));
        },
        execute: async args => {
          const model = await opened(args);
          if (model === null || !(await act(model, args))) {
            Notification.warning(
              typeof args.run === 'string'
                ? trans.__('%1 cannot be found from this notebook', args.run)
                : missing
            );
          }
        }
      });
      palette?.addItem({ command, category: trans.__('Training') });
    };
    add(
      CommandIDs.resume,
      trans.__('Resume Stopped Training'),
      trans.__('Run the set-up cells, then go on from the newest checkpoint'),
      model => model.offer?.canResume ?? false,
      (model, { run, checkpoint, fork }) =>
        model.resume({ ...named({ run, checkpoint }), fork: fork === true })
    );
    add(
      CommandIDs.startOver,
      trans.__('Start Stopped Training Over'),
      trans.__('Run the set-up cells, then train anew in a new run'),
      model => model.offer?.canStartOver ?? false,
      (model, { run }) => model.startOver(named({ run }).run)
    );
    add(
      CommandIDs.load,
      trans.__('Insert a Cell That Loads the Stopped Training’s Model'),
      trans.__('Nothing is run: the cell waits below the training cell'),
      model => model.offer !== null,
      (model, { run }) => model.load(null, named({ run }).run)
    );
    add(
      CommandIDs.forkForeign,
      trans.__('Fork a Run of Another Notebook…'),
      trans.__('Begin a run of this notebook from one of the notebook that it is a copy of'),
      () => true,
      async model => {
        const found = await model.foreignRuns();
        const run = found.length === 0 ? null : await askWhich(found, trans);
        return run === undefined || (run !== null && model.forkForeign(run));
      },
      trans.__('No run of another notebook has the same training cell as this one')
    );
    return banners;
  }
};

/** The run that a person picks; undefined if none. */
async function askWhich(
  found: readonly ForeignRun[],
  trans: TranslationBundle
): Promise<ForeignRun | undefined> {
  const labels = found.map(run => foreignLabel(run, trans));
  const { button, value } = await InputDialog.getItem({
    title: trans.__('Fork a Run of Another Notebook'),
    label: trans.__('It stays as it is; this notebook begins a new run from there.'),
    items: labels,
    okLabel: trans.__('Fork')
  });
  return button.accept ? found[labels.indexOf(value ?? '')] : undefined;
}

/** What the commands take; all of it may be left out. */
const ARGUMENTS = {
  type: 'object',
  properties: {
    path: { type: 'string', description: 'Of the notebook' },
    run: { type: 'string', description: 'Name of the run' },
    checkpoint: { type: 'string', description: 'File name of the checkpoint' },
    fork: { type: 'boolean', description: 'Begin a new run from there' }
  }
};

/** Those arguments that are texts. */
function named<Name extends string>(args: Record<Name, unknown>): Partial<Record<Name, string>> {
  return Object.fromEntries(
    Object.entries(args).filter(([, value]) => typeof value === 'string')
  ) as Partial<Record<Name, string>>;
}

class Banners implements IBanners {
  readonly all = new Map<NotebookPanel, Banner>();
  readonly added = new Signal<this, Banner>(this);

  add(banner: Banner): void {
    this.all.set(banner.panel, banner);
    this.added.emit(banner);
  }
}
