/** The commands of the list: on the chosen runs, or on those that the arguments name. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { TranslationBundle } from '@jupyterlab/translation';
import { deleteIcon, editIcon, launchIcon, refreshIcon, runIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { folderOf, joinPath } from '../runs/location';
import type { RunActions } from './actions';
import type { Entry } from './entry';
import { compareIcon, pinIcon, pruneIcon } from './icons';
import type { ListingModel } from './model';

export namespace CommandIDs {
  export const show = 'kresume:show-runs';
  export const openRun = 'kresume:open-run';
  export const open = 'kresume:open-selected';
  export const openBrowsed = 'kresume:open-browsed';
  export const resume = 'kresume:resume-selected';
  export const compare = 'kresume:compare-selected';
  export const rename = 'kresume:rename-run';
  export const pin = 'kresume:pin-run';
  export const prune = 'kresume:prune-run';
  export const remove = 'kresume:delete-runs';
  export const refresh = 'kresume:refresh-runs';
}

/** Commands of other parts, called where they are there. */
const RESUME = 'kresume:resume';
const COMPARE = 'kresume:compare';

/** In the order of the toolbar and the menu. */
export const ON_RUNS = [
  CommandIDs.open,
  CommandIDs.resume,
  CommandIDs.compare,
  CommandIDs.rename,
  CommandIDs.pin,
  CommandIDs.prune,
  CommandIDs.remove
] as const;

/** More panels than one would open on purpose. */
const MOST_OPENED = 10;

/** Add the commands. */
export function addCommands(
  app: JupyterFrontEnd,
  model: ListingModel,
  actions: RunActions,
  trans: TranslationBundle
): void {
  const { commands } = app;
  const wanted = (args: ReadonlyPartialJSONObject): Entry[] => {
    const { runs } = args;
    return Array.isArray(runs)
      ? runs.flatMap(folder => model.find(String(folder)) ?? [])
      : model.selected;
  };
  const only = (args: ReadonlyPartialJSONObject): Entry | null => {
    const [first, ...others] = wanted(args);
    return first !== undefined && others.length === 0 ? first : null;
  };
  const add = (id: string, options: CommandRegistry.ICommandOptions): void => {
    // A label that waits for a choice says what is missing.
    commands.addCommand(id, { describedBy: { args: RUNS_ARGUMENT }, ...options });
  };

  add(CommandIDs.open, {
    label: trans.__('Open Run'),
    caption: trans.__('Open the panel of each chosen run'),
    icon: launchIcon,
    isEnabled: args => wanted(args).length > 0,
    execute: async args => {
      for (const { folder } of wanted(args).slice(0, MOST_OPENED)) {
        await commands.execute(CommandIDs.openRun, { path: folder });
      }
    }
  });
  add(CommandIDs.resume, {
    label: trans.__('Resume Run'),
    caption: trans.__(
      'Run the set-up cells of its notebook, then go on from the newest checkpoint'
    ),
    icon: runIcon,
    isEnabled: args => {
      const entry = only(args);
      return (
        entry !== null &&
        resumable(model, entry) &&
        notebookOf(entry) !== null &&
        commands.hasCommand(RESUME)
      );
    },
    execute: async args => {
      const entry = only(args);
      const path = entry && notebookOf(entry);
      if (entry && path) {
        await commands.execute(RESUME, { path, run: entry.name });
      }
    }
  });
  add(CommandIDs.compare, {
    label: trans.__('Compare Runs'),
    caption: trans.__('Compare the chosen runs, two or more'),
    icon: compareIcon,
    isEnabled: args => wanted(args).length > 1 && commands.hasCommand(COMPARE),
    execute: args => commands.execute(COMPARE, { runs: wanted(args).map(({ folder }) => folder) })
  });
  add(CommandIDs.rename, {
    label: trans.__('Rename Run…'),
    caption: trans.__('Give the chosen run another title'),
    icon: editIcon,
    isEnabled: args => readable(only(args)),
    execute: async args => {
      const entry = only(args);
      if (entry !== null) {
        await actions.rename(entry);
      }
    }
  });
  add(CommandIDs.pin, {
    label: args => (allPinned(wanted(args)) ? trans.__('Unpin Run') : trans.__('Pin Run')),
    caption: trans.__('Keep the chosen runs and the checkpoints that they hold now'),
    icon: pinIcon,
    isEnabled: args => wanted(args).length > 0 && wanted(args).every(readable),
    isToggled: args => allPinned(wanted(args)),
    execute: async args => {
      const entries = wanted(args);
      await actions.pin(entries, !allPinned(entries));
    }
  });
  add(CommandIDs.prune, {
    label: trans.__('Prune Checkpoints…'),
    caption: trans.__('Delete checkpoints of the chosen run that are no longer needed'),
    icon: pruneIcon,
    isEnabled: args => readable(only(args)),
    execute: async args => {
      const entry = only(args);
      if (entry !== null) {
        await actions.prune(entry);
      }
    }
  });
  add(CommandIDs.remove, {
    label: trans.__('Delete Runs…'),
    caption: trans.__('Move the chosen runs to the trash'),
    icon: deleteIcon,
    isEnabled: args => wanted(args).length > 0,
    execute: async args => {
      await actions.remove(wanted(args));
    }
  });
  commands.addCommand(CommandIDs.refresh, {
    label: trans.__('Refresh Training Runs'),
    caption: trans.__('Look for runs again'),
    icon: refreshIcon,
    describedBy: { args: { type: 'object', properties: {} } },
    execute: () => model.refresh()
  });
  model.changed.connect(() => {
    for (const id of ON_RUNS) {
      commands.notifyCommandChanged(id);
    }
  });
}

const RUNS_ARGUMENT = {
  type: 'object',
  properties: {
    runs: {
      type: 'array',
      items: { type: 'string' },
      description: 'Paths of run folders; without them the chosen runs of the side panel'
    }
  }
};

function readable(entry: Entry | null): boolean {
  return entry?.row?.problem === '';
}

function allPinned(entries: readonly Entry[]): boolean {
  return entries.length > 0 && entries.every(({ row }) => row?.pinned ?? false);
}

function resumable(model: ListingModel, entry: Entry): boolean {
  return ['stopped', 'interrupted', 'failed'].includes(model.status(entry));
}

/** The notebook beside the folder that the run lies in. */
function notebookOf({ folder, row }: Entry): string | null {
  const notebook = row?.notebook ?? null;
  return !notebook?.endsWith('.ipynb') ? null : joinPath(folderOf(folderOf(folder)), notebook);
}
