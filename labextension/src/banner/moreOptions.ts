/** The bar's other choices, unfolded below it: earlier points, a look without training, a comparison. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { pointsTable } from '../resume/pointsTable';
import type { Point } from '../protocol';
import { ReportView } from '../resume/report';
import type { Decoded } from '../runs/values';
import type { ForeignRun } from './foreign';
import type { Others } from '../resume/points';
import { foreignLabel } from './messages';

/** What a click does. */
export interface Actions {
  fork(point: Decoded<Point>): void;
  load(point: Decoded<Point> | null): void;
  compare(): void;
  forkForeign(run: ForeignRun): void;
}

/** What there is to choose from. */
export interface Shown extends Others {
  run: string;
  /** Which cells a resume runs. */
  setup: string;
  canTrain: boolean;
  canCompare: boolean;
  /** Runs of the notebook that this one was copied from. */
  foreign: ForeignRun[];
}

/** The choices as a DOM node; does no I/O. */
export function othersView(shown: Shown, actions: Actions, trans: TranslationBundle): HTMLElement {
  const node = document.createElement('div');
  node.className = 'kr-Banner-choices';
  const [, ...earlier] = shown.points;
  const said = document.createElement('p');
  said.textContent = `${shown.setup} ${trans.__(
    'Weights, optimizer, learning rate, callbacks, random numbers, order of the batches and metric totals are put back; the report in the panel says how exactly.'
  )}`;
  node.append(said);
  if (shown.findings.length > 0) {
    const report = new ReportView(trans);
    report.update(shown.findings);
    const title = document.createElement('p');
    title.textContent = trans.__('What the last resume of this run restored:');
    node.append(title, report.node);
  }
  if (earlier.length > 0) {
    const hint = document.createElement('p');
    hint.textContent = trans.__(
      'Training from an earlier point begins a new run, a fork; %1 stays as it is.',
      shown.run
    );
    const table = pointsTable(earlier, trans, (point, where) => {
      const made: HTMLElement[] = [];
      if (shown.canTrain) {
        const fork = button('kr-Ask-fork', trans.__('Fork from here'), () => {
          actions.fork(point);
        });
        fork.setAttribute('aria-label', trans.__('Fork from %1', where));
        made.push(fork);
      }
      if (point.position.batch === 0) {
        const load = button(
          'kr-Ask-fork kr-Banner-loadPoint',
          trans.__('Insert a cell that loads it'),
          () => {
            actions.load(point);
          }
        );
        load.setAttribute(
          'aria-label',
          trans.__('Insert a cell that loads the model of %1', where)
        );
        made.push(load);
      }
      return made;
    });
    table.tabIndex = 0;
    table.setAttribute('role', 'group');
    table.setAttribute('aria-label', trans.__('Earlier checkpoints'));
    node.append(hint, table);
  }
  if (shown.canTrain && shown.foreign.length > 0) {
    node.append(foreignList(shown.foreign, actions, trans));
  }
  const buttons = document.createElement('div');
  buttons.className = 'kr-Banner-buttons';
  const load = trans.__('Insert a cell that loads the newest model');
  buttons.append(
    button('kr-Banner-load jp-mod-styled', load, () => {
      actions.load(null);
    })
  );
  if (shown.canCompare) {
    buttons.append(
      button('kr-Banner-compare jp-mod-styled', trans.__('Compare with earlier runs'), () => {
        actions.compare();
      })
    );
  }
  node.append(buttons);
  return node;
}

/** Each with the point that a fork would go on from. */
function foreignList(
  foreign: readonly ForeignRun[],
  actions: Actions,
  trans: TranslationBundle
): HTMLElement {
  const node = document.createElement('div');
  node.className = 'kr-Banner-foreign';
  const hint = document.createElement('p');
  hint.textContent = trans.__(
    'This cell was copied. Trainings of the original can be forked; they stay as they are.'
  );
  const list = document.createElement('ul');
  list.setAttribute('aria-label', trans.__('Runs of another notebook'));
  for (const run of foreign) {
    const item = document.createElement('li');
    const label = document.createElement('span');
    label.textContent = foreignLabel(run, trans);
    const fork = button('kr-Ask-fork', trans.__('Fork from here'), () => {
      actions.forkForeign(run);
    });
    fork.setAttribute('aria-label', trans.__('Fork %1 of %2', run.run, run.notebook));
    item.append(label, fork);
    list.append(item);
  }
  node.append(hint, list);
  return node;
}

function button(name: string, label: string, act: () => void): HTMLButtonElement {
  const node = document.createElement('button');
  node.type = 'button';
  node.className = name;
  node.textContent = label;
  node.addEventListener('click', act);
  return node;
}
