/** A comparison in a tab of the main area. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import type { Asked } from '../data/link';
import { nameOf } from '../data/labels';
import type { CompareModel } from '../data/model';
import { CompareView } from '../view';

/** Names in a tab's title; the rest are counted. */
const NAMED = 2;

export class CompareTab extends Widget {
  private readonly view: CompareView;

  constructor(
    readonly model: CompareModel,
    makeView: (model: CompareModel) => CompareView,
    trans: TranslationBundle
  ) {
    super();
    this.addClass('kr-CompareTab');
    this.view = makeView(model);
    this.node.append(this.view.node);
    const names = model.keys.map(key => nameOf({ key }));
    const rest = names.length - NAMED;
    const listed = names.slice(0, NAMED).join(', ');
    this.title.label =
      rest > 0
        ? trans.__('Compare: %1 and %2 more', listed, rest)
        : trans.__('Compare: %1', listed);
    this.title.caption = model.keys.join('\n');
    this.title.closable = true;
  }

  /** What it shows, and how: enough to open it again. */
  get asked(): Asked {
    const { keys, view } = this.model;
    return { runs: [...keys], view };
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this.view.dispose();
    this.model.dispose();
    super.dispose();
  }
}
