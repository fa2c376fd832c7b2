import assert from 'node:assert/strict';
import { test } from 'node:test';

import { foreignPoint } from '../../src/banner/foreign';
import { foreignLabel, whichTraining } from '../../src/banner/messages';
import { RunState } from '../../src/runs/fold';
import { at, checkpoint, header, start } from '../events';
import { trans } from '../trans';

test('a run of another notebook is offered from its newest checkpoint, by name', () => {
  const state = new RunState();
  state.apply(start());
  const life = { life: 'dead' as const, writerRemains: false, brokeOff: false, cell: null };
  const made = {
    folder: 'r',
    header: header({ notebook_path: '../a/first.ipynb' }),
    state,
    ...life
  };
  assert.deepEqual(foreignPoint(made), []);
  state.apply(checkpoint('epoch-0002.keras', at(2, 0, 20)));
  const point = foreignPoint(made)[0] ?? assert.fail('it keeps a checkpoint');
  assert.equal(point.checkpoint, 'epoch-0002.keras');
  assert.equal(foreignLabel(point, trans), 'mnist-001 of first.ipynb, after epoch 2');
});

test('a run says which of its cell’s trainings it is, where there are several', () => {
  assert.equal(whichTraining('a-001', 0, trans), 'a-001');
  const said = [1, 2, 3, 4, 11, 22].map(number => whichTraining('a', number, trans));
  assert.deepEqual(
    said.map(text => /the (\w+) training/.exec(text)?.[1]),
    ['1st', '2nd', '3rd', '4th', '11th', '22nd']
  );
});
