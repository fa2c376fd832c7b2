/** What a person set, as values that can be relied on. Pure. */
import { isFolderName, RUNS_FOLDER } from '../runs/location';

/** The settings; `schema/plugin.json` describes them to people. */
export interface Preferences {
  runsFolder: string;
  /** Seconds; null: the question waits for a person. `kernel`: nothing was set, so its own holds. */
  askCountdown: number | 'kernel' | null;
  resumeByItself: boolean;
  listOrder: 'newest' | 'name' | 'best';
  retention: 'size' | 'checkpoints' | 'both';
}

/** Where nothing was set. */
export const DEFAULTS: Preferences = {
  runsFolder: RUNS_FOLDER,
  askCountdown: 'kernel',
  resumeByItself: true,
  listOrder: 'newest',
  retention: 'size'
};

/** The preferences in a settings document; what makes no sense there is as by default. */
export function preferencesIn(document: Readonly<Record<string, unknown>>): Preferences {
  const { runsFolder, askCountdown, resumeByItself, listOrder, retention } = document;
  return {
    runsFolder:
      typeof runsFolder === 'string' && isFolderName(runsFolder) ? runsFolder : DEFAULTS.runsFolder,
    askCountdown: countdown(askCountdown),
    resumeByItself: typeof resumeByItself === 'boolean' ? resumeByItself : DEFAULTS.resumeByItself,
    listOrder: oneOf(listOrder, ['newest', 'name', 'best']) ?? DEFAULTS.listOrder,
    retention: oneOf(retention, ['size', 'checkpoints', 'both']) ?? DEFAULTS.retention
  };
}

/** What the schema shows as the default is the kernel's (`COUNTDOWN` in `prompt.py`). */
const KERNELS = 15;

function countdown(value: unknown): Preferences['askCountdown'] {
  if (typeof value !== 'number' || !(value >= 0) || value === KERNELS) {
    return 'kernel';
  }
  return value === 0 ? null : value;
}

function oneOf<T extends string>(value: unknown, choices: readonly T[]): T | undefined {
  return choices.find(choice => choice === value);
}
