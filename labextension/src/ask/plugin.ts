import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { IOutputSaver } from '../autosave/tokens';
import { ASK_MIME, MIME } from '../protocol';
import { IRuns } from '../runs/tokens';
import { IPreferences } from '../settings/tokens';
import { AskRenderer } from './renderer';

const RANK = -20;

/** The question of a kernel that found an unfinished run, in the cell's output. */
export const askPlugin: JupyterFrontEndPlugin<void> = {
  id: 'kresume_nb:ask',
  description: 'Asks where an unfinished training goes on when its cell is run.',
  autoStart: true,
  requires: [IRenderMimeRegistry, IRuns, IPreferences],
  optional: [IOutputSaver, ITranslator],
  activate: (
    _: JupyterFrontEnd,
    registry: IRenderMimeRegistry,
    runs: IRuns,
    preferences: IPreferences,
    keeper: IOutputSaver | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('kresume_nb');
    registry.addFactory(
      {
        safe: true,
        mimeTypes: [ASK_MIME],
        createRenderer: options =>
          new AskRenderer({
            runs,
            documentPath: () => pathOf(options.resolver),
            countdown: () => preferences.values.askCountdown,
            onShown: path => void keeper?.keep(path),
            newRun: () =>
              registry.getFactory(MIME)?.createRenderer({ ...options, mimeType: MIME }) ?? null,
            trans
          })
      },
      RANK
    );
  }
};

/** The resolver of a document knows its path, though the interface does not say so. */
function pathOf(resolver: IRenderMime.IResolver | null): string | null {
  const path = (resolver as { path?: unknown } | null)?.path;
  return typeof path === 'string' ? path : null;
}
