import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Signal } from '@lumino/signaling';

import type { Preferences } from '../settings/preferences';
import { DEFAULTS, preferencesIn } from '../settings/preferences';
import { IPreferences } from '../settings/tokens';

/** The id names the schema: `schema/plugin.json`. */
const ID = 'kresume_nb:plugin';

/** The settings, for all other plugins. Until they are read, and where there are none: the defaults. */
export const settingsPlugin: JupyterFrontEndPlugin<IPreferences> = {
  id: ID,
  description: 'The settings of kresume_nb.',
  autoStart: true,
  provides: IPreferences,
  optional: [ISettingRegistry],
  activate: (_: JupyterFrontEnd, registry: ISettingRegistry | null): IPreferences => {
    const preferences = new Preferred();
    const read = registry
      ?.load(ID)
      .then(settings => {
        const take = (): void => {
          preferences.take(preferencesIn(settings.composite));
        };
        settings.changed.connect(take);
        take();
      })
      .catch((error: unknown) => {
        console.warn('kresume_nb: its settings cannot be read; the defaults hold.', error);
      });
    preferences.ready = read ?? Promise.resolve();
    return preferences;
  }
};

class Preferred implements IPreferences {
  values: Preferences = DEFAULTS;
  ready = Promise.resolve();
  readonly changed = new Signal<this, void>(this);

  take(values: Preferences): void {
    this.values = values;
    this.changed.emit();
  }
}
