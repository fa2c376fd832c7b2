/** A run's `history.json`, opened as the run. */
import type { DocumentRegistry, IDocumentWidget } from '@jupyterlab/docregistry';
import { ABCWidgetFactory, DocumentWidget } from '@jupyterlab/docregistry';

import { folderOf } from '../runs/location';
import type { RunTab } from './tab';

export type RunDocument = DocumentWidget<RunTab>;
export const FACTORY = 'Training Run';

/** Opens runs; any other file it hands to whoever would have opened it without us. */
export class RunDocumentFactory extends ABCWidgetFactory<IDocumentWidget> {
  constructor(
    options: DocumentRegistry.IWidgetFactoryOptions<IDocumentWidget>,
    private readonly registry: DocumentRegistry,
    private readonly runAt: (path: string) => string | null,
    private readonly makeTab: (folder: string) => RunTab
  ) {
    super(options);
  }

  override createNew(
    context: DocumentRegistry.IContext<DocumentRegistry.IModel>,
    source?: IDocumentWidget
  ): IDocumentWidget {
    const other = this.runAt(context.path) === null ? this.otherFor(context.path) : undefined;
    return other === undefined ? super.createNew(context, source) : other.createNew(context);
  }

  protected createNewWidget(
    context: DocumentRegistry.IContext<DocumentRegistry.IModel>
  ): IDocumentWidget {
    const content = this.makeTab(this.runAt(context.path) ?? folderOf(context.path));
    // Its tab is called after the file: to change a document's label is to rename the file.
    return new DocumentWidget({ content, context });
  }

  private otherFor(path: string): DocumentRegistry.WidgetFactory | undefined {
    return this.registry
      .preferredWidgetFactories(path)
      .find(one => one.name !== this.name && (one.modelName ?? 'text') === this.modelName);
  }
}
