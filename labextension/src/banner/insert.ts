/** Puts a cell into a notebook for a person to run. */
import type { NotebookPanel } from '@jupyterlab/notebook';
import { NotebookActions } from '@jupyterlab/notebook';

/** Insert a cell below another and put the cursor there; it is not run. */
export function insertBelow(panel: NotebookPanel, cellId: string, source: string): void {
  const notebook = panel.content;
  const at = notebook.widgets.findIndex(cell => cell.model.sharedModel.getId() === cellId);
  notebook.activeCellIndex = at < 0 ? notebook.widgets.length - 1 : at;
  NotebookActions.insertBelow(notebook);
  notebook.activeCell?.model.sharedModel.setSource(source);
  notebook.activate();
  void notebook.scrollToItem(notebook.activeCellIndex);
}
