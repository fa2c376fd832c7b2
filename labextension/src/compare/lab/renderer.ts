/** Shows a comparison where a notebook's output names its runs. */
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { element } from '../../ui/elements';
import type { CompareBundle } from '../../protocol';
import { COMPARE_MIME, SCHEMA } from '../../protocol';
import { decodeCompareBundle } from '../data/codec';
import { resolveFolder } from '../../runs/location';
import type { Decoded } from '../../runs/values';
import { CorruptRecordError } from '../../runs/values';
import type { Asked } from '../data/link';
import type { CompareModel } from '../data/model';
import type { CompareView } from '../view';

/** A comparison on the page. */
export interface Shown {
  model: CompareModel;
  view: CompareView;
}

export class CompareRenderer extends Widget implements IRenderMime.IRenderer {
  private shown: Shown | null = null;
  private drawn = '';

  /** `documentPath` tells where the notebook is now: run folders are named relative to it. */
  constructor(
    private readonly make: (asked: Asked) => Shown,
    private readonly documentPath: () => string | null,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('kr-Output');
  }

  renderModel(mime: IRenderMime.IMimeModel): Promise<void> {
    let bundle: Decoded<CompareBundle>;
    try {
      bundle = decodeCompareBundle(mime.data[COMPARE_MIME]);
    } catch (error) {
      if (!(error instanceof CorruptRecordError)) {
        throw error;
      }
      return this.say(this.trans.__('This output does not name runs: %1', error.message));
    }
    if (bundle.schema > SCHEMA) {
      return this.say(
        this.trans.__(
          'This comparison was written in layout version %1; this page reads up to version %2. To see it, update kresume_nb.',
          bundle.schema,
          SCHEMA
        )
      );
    }
    const path = this.documentPath() ?? '';
    const runs = bundle.folders.flatMap(folder => resolveFolder(path, folder) ?? []);
    if (runs.length === 0) {
      return this.say(
        this.trans.__(
          'None of these run folders is one that this page can read: %1',
          bundle.folders.join(', ')
        )
      );
    }
    const asked = { runs, view: bundle.view };
    const now = JSON.stringify(asked);
    if (now !== this.drawn) {
      this.clear();
      this.drawn = now;
      this.shown = this.make(asked);
      this.node.replaceChildren(this.shown.view.node);
    }
    return Promise.resolve();
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this.clear();
    super.dispose();
  }

  private say(sentence: string): Promise<void> {
    this.clear();
    const node = element('div', 'kr-Panel kr-Compare');
    const problem = element('div', 'kr-Panel-problem');
    problem.setAttribute('role', 'alert');
    problem.textContent = sentence;
    node.append(problem);
    this.node.replaceChildren(node);
    return Promise.resolve();
  }

  private clear(): void {
    this.shown?.view.dispose();
    this.shown?.model.dispose();
    this.shown = null;
    this.drawn = '';
  }
}
