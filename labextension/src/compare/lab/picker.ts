/** Which runs to compare, where a command does not say: a dialog with those near at hand. */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { element } from '../../ui/elements';
import type { Listed } from '../../runs/files';
import { MOST_RUNS } from '../data/choices';

/** Newest first, those ticked that a person most likely means. */
const TICKED = 2;

/** The folders that were chosen; none if the dialog was left. `place` is where they lie. */
export async function pickRuns(
  listed: readonly Listed[],
  place: string,
  trans: TranslationBundle
): Promise<string[]> {
  const body = new RunList(
    [...listed].sort((a, b) => b.modified - a.modified),
    place,
    trans
  );
  const compare = Dialog.okButton({ label: trans.__('Compare') });
  const { button } = await showDialog({
    title: trans.__('Compare Training Runs'),
    body,
    buttons: [Dialog.cancelButton(), compare]
  });
  return button.accept ? body.getValue() : [];
}

class RunList extends Widget implements Dialog.IBodyWidget<string[]> {
  private readonly boxes: HTMLInputElement[] = [];

  constructor(runs: readonly Listed[], place: string, trans: TranslationBundle) {
    super();
    this.addClass('kr-ComparePicker');
    const note = element('p', 'kr-ComparePicker-note');
    note.textContent =
      runs.length === 0
        ? trans.__('There are no runs in “%1”. Open a notebook that has some beside it.', place)
        : trans.__('Runs in “%1”, newest first; up to %2 can be compared.', place, MOST_RUNS);
    const list = element('div', 'kr-ComparePicker-list');
    list.setAttribute('role', 'group');
    list.setAttribute('aria-label', trans.__('Runs'));
    list.append(
      ...runs.map(({ path, name }, index) => {
        const item = element('label', 'kr-Chooser-item');
        const box = element('input', 'kr-Chooser-box');
        box.type = 'checkbox';
        box.value = path;
        box.checked = index < TICKED;
        this.boxes.push(box);
        const word = element('span', 'kr-Chooser-word');
        word.textContent = name;
        item.title = path;
        item.append(box, word);
        return item;
      })
    );
    this.node.append(note, list);
  }

  getValue(): string[] {
    return this.boxes.filter(({ checked }) => checked).map(({ value }) => value);
  }
}
