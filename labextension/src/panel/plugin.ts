import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { IAutoResume } from '../resume/autoTokens';
import { IOutputSaver } from '../autosave/tokens';
import { MIME } from '../protocol';
import { IRuns } from '../runs/tokens';
import { RememberedChoices } from '../charts/remembered';
import { RunRenderer } from './renderer';

/** Before a widget view (rank -10), which does not survive the kernel. */
const RANK = -20;

/** The panel of a run in a notebook's output. */
export const panelPlugin: JupyterFrontEndPlugin<void> = {
  id: 'kresume_nb:panel',
  description: 'Shows the training runs of kresume_nb in notebook outputs.',
  autoStart: true,
  requires: [IRenderMimeRegistry, IRuns],
  optional: [IOutputSaver, ITranslator, IAutoResume],
  activate: (
    _: JupyterFrontEnd,
    registry: IRenderMimeRegistry,
    runs: IRuns,
    keeper: IOutputSaver | null,
    translator: ITranslator | null,
    switches: IAutoResume | null
  ): void => {
    const remembered = new RememberedChoices(window.localStorage);
    const trans = (translator ?? nullTranslator).load('kresume_nb');
    registry.addFactory(
      {
        safe: true,
        mimeTypes: [MIME],
        createRenderer: options =>
          new RunRenderer(
            runs,
            () => pathOf(options.resolver),
            path => void keeper?.keep(path),
            remembered,
            trans,
            switches
          )
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
