/** What JupyterLab can do from a point of a curve. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { INotebookTracker } from '@jupyterlab/notebook';
import { NotebookActions } from '@jupyterlab/notebook';
import { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

import { pinCheckpoint } from '../../runs/annotations';
import type { CheckpointRef } from '../../protocol';
import { FILES } from '../../protocol';
import type { RunFiles } from '../../runs/files';
import { folderOf, joinPath } from '../../runs/location';
import type { PointActions } from '../data/pointActions';
import type { ComparedRun } from '../data/labels';
import { nameOf } from '../data/labels';

/** Commands of other parts, called where they are there. */
const OPEN = 'kresume:open-run';
const RESUME = 'kresume:resume';

export function labActions(
  app: JupyterFrontEnd,
  files: RunFiles,
  notebooks: INotebookTracker | null,
  trans: TranslationBundle
): PointActions {
  const { commands, serviceManager } = app;
  const isThere = async (path: string): Promise<boolean> => {
    try {
      await serviceManager.contents.get(path, { content: false });
      return true;
    } catch (error) {
      if (error instanceof ServerConnection.ResponseError && error.response.status === 404) {
        return false;
      }
      throw error;
    }
  };
  /** Opens the notebook beside the run's folder, or takes the one that is open; adds a cell there. */
  const insert = async (key: string, name: string | null, source: string): Promise<void> => {
    const path = notebookOf(key, name) ?? notebooks?.currentWidget?.context.path ?? null;
    if (path === null || notebooks === null) {
      throw new Error(trans.__('There is no notebook to insert a cell into: open one'));
    }
    if (!(await isThere(path))) {
      throw new Error(
        trans.__(
          'The notebook of this run, %1, is not there: it was moved, renamed or deleted',
          path
        )
      );
    }
    await commands.execute('docmanager:open', { path });
    const panel = notebooks.find(one => one.context.path === path);
    if (panel === undefined) {
      throw new Error(trans.__('%1 is not open', path));
    }
    await panel.context.ready;
    await panel.revealed;
    NotebookActions.insertBelow(panel.content);
    panel.content.activeCell?.model.sharedModel.setSource(source);
    app.shell.activateById(panel.id);
  };
  return {
    ...(commands.hasCommand(OPEN) && {
      open: ({ key }: ComparedRun) => void commands.execute(OPEN, { path: key })
    }),
    ...(commands.hasCommand(RESUME) && {
      fork: ({ key, header }: ComparedRun, file: string) => {
        const path = notebookOf(key, header?.notebook ?? null);
        const args = { run: nameOf({ key }), checkpoint: file, fork: true };
        void commands.execute(RESUME, path === null ? args : { path, ...args });
      }
    }),
    pin: ({ key }, file) => pinCheckpoint(files, key, file),
    load: ({ key, header }, file, epoch) =>
      insert(key, header?.notebook ?? null, loading(key, file, epoch)),
    compare: ([a, b]) => insert(a.run, null, comparing(a, b)),
    download: async ({ key }, file) => {
      const path = joinPath(joinPath(key, FILES.checkpoints), file);
      const link = document.createElement('a');
      link.href = await serviceManager.contents.getDownloadUrl(path);
      link.download = `${nameOf({ key })}-${file}`;
      link.click();
    }
  };
}

/** The notebook beside the folder that the run lies in. */
function notebookOf(key: string, name: string | null): string | null {
  return !name?.endsWith('.ipynb') ? null : joinPath(folderOf(folderOf(key)), name);
}

/** As Python writes a string. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

/** From a notebook beside the runs' folder. */
function relative(key: string): string {
  const parent = folderOf(folderOf(key));
  return parent === '' ? key : key.slice(parent.length + (parent.endsWith(':') ? 0 : 1));
}

function loading(key: string, file: string, epoch: number | null): string {
  return epoch === null
    ? `import keras\n\nmodel = keras.models.load_model(${quoted(`${relative(key)}/checkpoints/${file}`)})`
    : `import kresume_nb as kr\n\nmodel = kr.load_run(${quoted(relative(key))}).load_model(epoch=${epoch})`;
}

function comparing(...sides: readonly CheckpointRef[]): string {
  const runs = [...new Set(sides.map(({ run }) => quoted(relative(run))))];
  const files = sides.map(({ run, file }) => quoted(`${relative(run)}/checkpoints/${file}`));
  return (
    'import kresume_nb as kr\n\n' +
    `kr.compare(${runs.join(', ')}).checkpoints(\n    ${files.join(',\n    ')},\n)`
  );
}
