/** What the menu at a point of a curve says and offers. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { formatValue } from '../../ui/numbers';
import { place } from '../../ui/format';
import type { PointActions } from '../data/pointActions';
import type { CompareModel } from '../data/model';
import type { MenuItem } from '../../ui/menu';
import { pointOf } from '../data/points';

export interface Offered {
  words: string[];
  items: MenuItem[];
}

/** `done` is told what came of an action, or why it failed. */
export function offeredAt(
  model: CompareModel,
  actions: PointActions,
  metric: string,
  at: { key: string; row: number },
  done: (words: string) => void,
  trans: TranslationBundle
): Offered | null {
  const curve = model.curves(metric).find(({ key }) => key === at.key);
  const epoch = curve?.epoch[at.row];
  const point = epoch === undefined ? null : pointOf(model.runs, at.key, epoch);
  if (curve === undefined || epoch === undefined || point === null) {
    return null;
  }
  const { run, checkpoint } = point;
  const label = model.labels.get(run.key) ?? run.key;
  const value = formatValue(curve.y[at.row] ?? NaN);
  const words = [trans.__('%1 · epoch %2 · %3 %4', label, epoch, metric, value)];
  const items: MenuItem[] = [];
  const { open, fork, pin, load, download } = actions;
  const attempt = (task: Promise<void>, success: string): void => {
    task.then(
      () => {
        done(success);
      },
      (error: unknown) => {
        done(trans.__('That failed: %1', error instanceof Error ? error.message : String(error)));
      }
    );
  };
  if (open !== undefined) {
    items.push({
      label: trans.__('Open the run’s panel'),
      action: () => {
        open(run);
      }
    });
  }
  if (checkpoint === null) {
    words.push(trans.__('This run keeps no checkpoint.'));
    return { words, items };
  }
  const { file, position } = checkpoint;
  const batches = run.summary?.batches ?? 0;
  const where = position.step === 0 ? trans.__('the start') : place(position, batches, trans);
  const exact = position.epoch === epoch && position.batch === 0;
  words.push(
    exact
      ? trans.__('Checkpoint %1', file)
      : trans.__('No checkpoint is kept of it; the nearest is %1, after %2', file, where)
  );
  if (fork !== undefined && run.header?.notebook !== null) {
    items.push({
      label: trans.__('Resume from after %1 as a fork', where),
      title: trans.__('Runs the set-up cells of its notebook, then trains on as a run of its own'),
      action: () => {
        fork(run, file);
      }
    });
  }
  if (pin !== undefined) {
    items.push({
      label: trans.__('Pin the checkpoint'),
      title: trans.__('No retention rule deletes it then'),
      action: () => {
        attempt(pin(run, file), trans.__('Pinned %1', file));
      }
    });
  }
  if (load !== undefined) {
    items.push({
      label: trans.__('Load it into a variable'),
      title: trans.__('Inserts a cell; it is not run'),
      action: () => {
        const whole = position.batch === 0 ? position.epoch : null;
        attempt(load(run, file, whole), trans.__('A cell that loads %1 was inserted', file));
      }
    });
  }
  if (download !== undefined) {
    items.push({
      label: trans.__('Download %1', file),
      action: () => {
        attempt(download(run, file), trans.__('Downloading %1', file));
      }
    });
  }
  const side = { run: run.key, file };
  const { checkpoints } = model.view;
  items.push({
    label:
      checkpoints.length === 1
        ? trans.__('Lay it beside the checkpoint chosen before')
        : trans.__('Choose it to lay beside another'),
    action: () => {
      model.choose({ checkpoints: checkpoints.length === 1 ? [...checkpoints, side] : [side] });
      done(trans.__('%1 of %2 is chosen', file, label));
    }
  });
  return { words, items };
}
