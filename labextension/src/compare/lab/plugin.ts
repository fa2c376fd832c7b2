import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILayoutRestorer, IRouter } from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { PageConfig, URLExt } from '@jupyterlab/coreutils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { COMPARE_MIME } from '../../protocol';
import { folderOf, joinPath, RUNS_FOLDER } from '../../runs/location';
import { IRuns } from '../../runs/tokens';
import { RouteChanges } from '../data/changes';
import { FolderSource, outlineBy } from '../data/folder';
import { labActions } from './actions';
import type { Asked } from '../data/link';
import { askedIn, askedOf, QUERY, written } from '../data/link';
import { CompareModel } from '../data/model';
import { pickRuns } from './picker';
import { CompareRenderer } from './renderer';
import { CompareTab } from './tab';
import { CompareView } from '../view';

export const COMPARE = 'kresume:compare';
/** Before a widget view (rank -10), which does not survive the kernel. */
const RANK = -20;
const FROM_LINK = 'kresume:compare-from-link';

/** Runs side by side, in a tab of their own. */
export const comparePlugin: JupyterFrontEndPlugin<void> = {
  id: 'kresume_nb:compare',
  description: 'Compares the training runs of kresume_nb.',
  autoStart: true,
  requires: [IRuns],
  optional: [
    IRenderMimeRegistry,
    ICommandPalette,
    ILayoutRestorer,
    IRouter,
    INotebookTracker,
    ITranslator
  ],
  activate: (
    app: JupyterFrontEnd,
    runs: IRuns,
    registry: IRenderMimeRegistry | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    router: IRouter | null,
    notebooks: INotebookTracker | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('kresume_nb');
    const tracker = new WidgetTracker<MainAreaWidget<CompareTab>>({ namespace: 'kresume-compare' });
    const source = new FolderSource(runs.files, runs.kernels, trans, outlineBy(runs.server));

    const changes = new RouteChanges(runs.server);
    const viewOf = (model: CompareModel, isTab: boolean): CompareView =>
      new CompareView(
        model,
        {
          changes,
          actions: labActions(app, runs.files, notebooks, trans),
          link: linkTo,
          ...(!isTab && { open: asked => void app.commands.execute(COMPARE, argumentsOf(asked)) })
        },
        trans
      );

    const open = ({ runs: keys, view }: Asked): MainAreaWidget<CompareTab> => {
      const model = new CompareModel(keys, view, source);
      const content = new CompareTab(model, shown => viewOf(shown, true), trans);
      const widget = new MainAreaWidget({ content });
      model.viewed.connect(() => void tracker.save(widget));
      app.shell.add(widget, 'main');
      app.shell.activateById(widget.id);
      void tracker.add(widget);
      return widget;
    };

    const pick = async (): Promise<Asked | null> => {
      const notebook = notebooks?.currentWidget?.context.path ?? '';
      const place = joinPath(folderOf(notebook), RUNS_FOLDER);
      const listed = await runs.files.folders(place).catch(() => []);
      return askedOf({ runs: await pickRuns(listed, place, trans) });
    };

    app.commands.addCommand(COMPARE, {
      label: args => (askedOf(args) ? trans.__('Compare') : trans.__('Compare Training Runs…')),
      caption: trans.__('Lay training runs side by side'),
      describedBy: { args: { type: 'object', properties: { runs: { type: 'array' } } } },
      execute: async args => {
        const asked = askedOf(args) ?? (await pick());
        return asked === null ? undefined : open(asked);
      }
    });
    palette?.addItem({ command: COMPARE, category: trans.__('Training') });

    if (router !== null) {
      app.commands.addCommand(FROM_LINK, {
        label: trans.__('Open the comparison that the address names'),
        describedBy: { args: { type: 'object' } },
        execute: async () => {
          const { path, search, hash } = router.current;
          const asked = askedIn(search ?? '');
          // Else a reload would open it once more.
          const rest = new URLSearchParams(search ?? '');
          rest.delete(QUERY);
          const left = rest.toString();
          router.navigate(`${path}${left && `?${left}`}${hash}`, { skipRouting: true });
          await app.restored;
          if (asked !== null) {
            open(asked);
          }
        }
      });
      router.register({ command: FROM_LINK, pattern: new RegExp(`[?&]${QUERY}=`), rank: 200 });
    }
    registry?.addFactory(
      {
        safe: true,
        mimeTypes: [COMPARE_MIME],
        createRenderer: options =>
          new CompareRenderer(
            ({ runs: keys, view }) => {
              const model = new CompareModel(keys, view, source);
              return { model, view: viewOf(model, false) };
            },
            () => pathOf(options.resolver),
            trans
          )
      },
      RANK
    );
    void restorer?.restore(tracker, {
      command: COMPARE,
      args: ({ content }) => argumentsOf(content.asked),
      name: ({ content }) => content.model.keys.join('\n')
    });
  }
};

function argumentsOf(asked: Asked): ReadonlyPartialJSONObject {
  return JSON.parse(written(asked)) as ReadonlyPartialJSONObject;
}

/** The resolver of a document knows its path, though the interface does not say so. */
function pathOf(resolver: IRenderMime.IResolver | null): string | null {
  const path = (resolver as { path?: unknown } | null)?.path;
  return typeof path === 'string' ? path : null;
}

/** The address that opens it again, in whatever browser reaches this server. */
export function linkTo(asked: Asked): string {
  const query = new URLSearchParams({ [QUERY]: written(asked) });
  const page = URLExt.join(PageConfig.getBaseUrl(), PageConfig.getOption('appUrl') || 'lab');
  return `${page}?${query.toString()}`;
}
