/** What one can do with runs in a list; asks before anything is lost. */
import { Dialog, InputDialog, showDialog, showErrorMessage } from '@jupyterlab/apputils';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

import { size } from '../ui/format';
import type { IRuns } from '../runs/tokens';
import type { Pruning } from '../protocol';
import { decodePruning } from '../runs/codec';
import type { Entry } from './entry';
import { titleOf } from './entry';
import { setPinned, setTitle } from '../runs/annotations';
import type { ListingModel } from './model';

/** More names than a dialog has room for. */
const NAMED = 8;

export class RunActions {
  constructor(
    private readonly model: ListingModel,
    private readonly runs: IRuns,
    private readonly contents: Contents.IManager,
    private readonly trans: TranslationBundle
  ) {}

  /** Give a run another title; its folder keeps its name. */
  async rename(entry: Entry): Promise<void> {
    const { trans } = this;
    const { value, button } = await InputDialog.getText({
      title: trans.__('Title of %1', entry.name),
      label: trans.__(
        'Shown in place of the folder’s name, which stays: notebooks and forks refer to it. Empty: no title.'
      ),
      text: entry.row?.title ?? '',
      placeholder: entry.name,
      okLabel: trans.__('Rename')
    });
    if (button.accept && value !== null) {
      await this.carryOut(trans.__('%1 cannot be renamed', entry.name), () =>
        setTitle(this.runs.files, entry.folder, value)
      );
    }
  }

  /** Keep what these runs hold now, or let it go. */
  async pin(entries: readonly Entry[], pinned: boolean): Promise<void> {
    const { trans, runs } = this;
    for (const { name, folder } of entries) {
      const failed = pinned
        ? trans.__('%1 cannot be pinned', name)
        : trans.__('%1 cannot be unpinned', name);
      await this.carryOut(failed, () => setPinned(runs.files, folder, pinned));
    }
  }

  /** Delete the checkpoints that a rule lets go; what goes is shown before it goes. */
  async prune(entry: Entry): Promise<void> {
    const { trans, runs } = this;
    const folder = this.contents.localPath(entry.folder);
    const failed = trans.__('%1 cannot be pruned', entry.name);
    if (!(await runs.server.available)) {
      await showErrorMessage(
        failed,
        trans.__('This takes the server extension of kresume_nb, or: kresume prune %1', entry.name)
      );
      return;
    }
    const { value, button } = await InputDialog.getNumber({
      title: trans.__('Prune the checkpoints of %1', titleOf(entry)),
      label: trans.__('How many of the newest stay, besides the best and those that are pinned'),
      value: 1,
      okLabel: trans.__('Preview')
    });
    if (!button.accept || value === null) {
      return;
    }
    const ask = async (carry_out: boolean): Promise<Pruning> =>
      decodePruning(await runs.server.post('prune', { folder, keep_last: value, carry_out }));
    await this.carryOut(failed, async () => {
      const { files, bytes } = await ask(false);
      const nothing = files.length === 0;
      const answer = await showDialog({
        title: nothing
          ? trans.__('Nothing to delete')
          : trans._n('Delete %1 checkpoint?', 'Delete %1 checkpoints?', files.length),
        body: nothing
          ? trans.__('By this rule all checkpoints stay.')
          : [...firstOf(files, trans), '', trans.__('%1 become free', size(bytes))].join('\n'),
        buttons: nothing
          ? [Dialog.okButton({ accept: false })]
          : [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Delete'), accept: true })],
        defaultButton: 0
      });
      if (answer.button.accept) {
        await ask(true);
      }
    });
  }

  /** Move runs to the trash, but none that a process writes or that is pinned. */
  async remove(entries: readonly Entry[]): Promise<void> {
    const { trans } = this;
    const kept = entries.flatMap(entry => this.reasonToKeep(entry));
    const free = entries.filter(entry => this.reasonToKeep(entry).length === 0);
    const bytes = free.reduce((total, { row }) => total + (row?.bytes ?? 0), 0);
    const body = [
      ...firstOf(free.map(titleOf), trans),
      ...(free.length > 0 ? ['', trans.__('%1 on disk', size(bytes))] : []),
      ...(kept.length > 0 ? ['', ...kept] : [])
    ];
    if (free.length === 0) {
      await showDialog({
        title: trans.__('Nothing to delete'),
        body: body.join('\n'),
        buttons: [Dialog.okButton()]
      });
      return;
    }
    const { button } = await showDialog({
      title: trans._n('Move %1 run to the trash?', 'Move %1 runs to the trash?', free.length),
      body: body.join('\n'),
      buttons: [
        Dialog.cancelButton(),
        Dialog.warnButton({ label: trans.__('Move to Trash'), accept: true })
      ],
      defaultButton: 0
    });
    if (!button.accept) {
      return;
    }
    for (const { name, folder } of free) {
      await this.carryOut(trans.__('%1 was not deleted', name), () => this.trash(folder));
    }
  }

  private async trash(folder: string): Promise<void> {
    const { runs, contents } = this;
    if ((await runs.server.available) && contents.driveName(folder) === '') {
      await runs.server.post('trash', { folder }); // It looks at the lock, too.
    } else {
      await contents.delete(folder);
    }
  }

  private reasonToKeep(entry: Entry): string[] {
    const { trans } = this;
    if (this.model.status(entry) === 'running') {
      return [trans.__('%1 is training: stop it first', titleOf(entry))];
    }
    return entry.row?.pinned ? [trans.__('%1 is pinned: unpin it first', titleOf(entry))] : [];
  }

  private async carryOut(failed: string, action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      await showErrorMessage(failed, error instanceof Error ? error.message : String(error));
    }
    await this.model.refresh();
  }
}

function firstOf(all: readonly string[], trans: TranslationBundle): string[] {
  const more = all.length - NAMED;
  const shown = all.slice(0, NAMED);
  return more > 0 ? [...shown, trans._n('and %1 more', 'and %1 more', more)] : shown;
}
