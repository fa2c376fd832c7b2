import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import type { IBanner } from '../resume/stoppedRun';
import { IBanners } from '../resume/stoppedRun';
import { IRuns } from '../runs/tokens';
import { IPreferences } from '../settings/tokens';
import { AttemptFiles } from './attempts';
import { AutoResumer } from './autoResumer';
import { Switches } from '../resume/autoSwitches';
import { IAutoResume } from '../resume/autoTokens';
import { AutoSwitchView } from '../resume/autoSwitchView';

/** The switches "resume by itself", for whoever shows them. */
export const switchesPlugin: JupyterFrontEndPlugin<IAutoResume> = {
  id: 'kresume_nb:auto-switches',
  description: 'Keeps which runs resume by themselves when their kernel dies.',
  autoStart: true,
  requires: [IRuns],
  provides: IAutoResume,
  activate: (_: JupyterFrontEnd, runs: IRuns): IAutoResume =>
    new Switches(runs.server, runs.files, window.localStorage)
};

/** Resumes runs whose switch is on, and shows the switch in the banner. */
export const autoPlugin: JupyterFrontEndPlugin<void> = {
  id: 'kresume_nb:auto',
  description:
    'Resumes a training by itself when its kernel died, where the user switched that on.',
  autoStart: true,
  requires: [IBanners, IAutoResume, IRuns, IPreferences],
  optional: [ITranslator],
  activate: (
    _: JupyterFrontEnd,
    banners: IBanners,
    switches: IAutoResume,
    runs: IRuns,
    preferences: IPreferences,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('kresume_nb');
    const attempts = new AttemptFiles(runs.files, runs.server);
    const who = `page ${Math.random().toString(36).slice(2, 10)}`;
    const now = (): number => runs.files.now();
    const attach = ({ panel, model, view }: IBanner): void => {
      const resumer = new AutoResumer(panel, model, {
        switches,
        preferences,
        attempts,
        now,
        trans,
        who
      });
      const turn = new AutoSwitchView(switches, trans);
      view.slot.append(turn.node);
      const show = (): void => {
        turn.show(model.isOffered ? (model.stopped?.folder ?? null) : null);
      };
      model.changed.connect(show);
      show();
      panel.disposed.connect(() => {
        model.changed.disconnect(show);
        resumer.dispose();
        turn.dispose();
      });
    };
    for (const banner of banners.all.values()) {
      attach(banner);
    }
    banners.added.connect((_, banner) => {
      attach(banner);
    });
  }
};
