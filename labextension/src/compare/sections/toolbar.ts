/** How a comparison is looked at: shows what is chosen, and tells what is. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { SMOOTHINGS } from '../../charts/choices';
import { keepKeys } from '../../ui/keys';
import { Radios } from '../../ui/radios';
import { Chooser } from '../../charts/chooser';
import { element } from '../../ui/elements';
import type { CompareAxis } from '../../protocol';
import type { View } from '../data/choices';

export const AXES: readonly CompareAxis[] = ['epoch', 'step', 'examples', 'time', 'elapsed'];

export class CompareToolbar {
  readonly node = element('div', 'kr-Toolbar');
  readonly chooser: Chooser;
  private readonly axis: Radios<CompareAxis>;
  private readonly scale: Radios<string>;
  private readonly smoothing: Radios<number>;
  private readonly best = element('input', 'kr-Chooser-box');
  private readonly reset = element('button', 'kr-Toolbar-button');

  constructor(
    choose: (change: Partial<View>) => void,
    unzoom: () => void,
    trans: TranslationBundle
  ) {
    this.node.setAttribute('role', 'group');
    this.node.setAttribute('aria-label', trans.__('How the charts are drawn'));
    const axes: Record<CompareAxis, readonly [string, string]> = {
      epoch: [trans.__('epoch'), trans.__('By epoch')],
      step: [trans.__('step'), trans.__('By step')],
      examples: [trans.__('examples'), trans.__('By the number of examples seen')],
      time: [trans.__('time'), trans.__('By training time; pauses and dead time are cut out')],
      elapsed: [trans.__('clock'), trans.__('By wall time; pauses and dead time are shown')]
    };
    this.axis = new Radios(
      trans.__('x axis'),
      AXES.map(value => ({ value, label: axes[value][0], title: axes[value][1] })),
      x => {
        choose({ x });
      }
    );
    this.scale = new Radios(
      trans.__('y axis'),
      [
        { value: 'linear', label: trans.__('linear'), title: trans.__('Linear scale') },
        { value: 'log', label: trans.__('log'), title: trans.__('Logarithmic scale') }
      ],
      scale => {
        choose({ log: scale === 'log' });
      }
    );
    this.smoothing = new Radios<number>(
      trans.__('smoothing'),
      SMOOTHINGS.map(value => ({
        value,
        label: value === 0 ? trans.__('off') : String(value),
        title:
          value === 0
            ? trans.__('Every value as it is')
            : trans.__('Moving average; the weight of the past is %1', value)
      })),
      smoothing => {
        choose({ smoothing });
      }
    );
    this.best.type = 'checkbox';
    this.best.addEventListener('change', () => {
      choose({ best: this.best.checked });
    });
    keepKeys(this.best);
    const best = element('label', 'kr-Compare-check');
    best.title = trans.__('The best value that each run had reached by then');
    best.append(this.best, trans.__('best so far'));
    this.reset.type = 'button';
    this.reset.textContent = trans.__('reset zoom');
    this.reset.title = trans.__('Show all; or double-click a chart');
    this.reset.addEventListener('click', unzoom);
    keepKeys(this.reset);
    this.chooser = new Chooser(metrics => {
      choose({ metrics: [...(metrics ?? [])] });
    }, trans);
    this.node.append(
      this.axis.node,
      this.scale.node,
      this.smoothing.node,
      best,
      this.reset,
      this.chooser.button
    );
  }

  update(
    view: View,
    metrics: readonly string[],
    charted: readonly string[],
    zoomed: boolean
  ): void {
    this.axis.select(view.x);
    this.scale.select(view.log ? 'log' : 'linear');
    this.smoothing.select(view.smoothing);
    this.best.checked = view.best;
    this.reset.hidden = !zoomed;
    this.chooser.update(metrics, charted);
  }
}
