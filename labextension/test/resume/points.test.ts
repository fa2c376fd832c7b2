import assert from 'node:assert/strict';
import { test } from 'node:test';

import { loadingCode } from '../../src/banner/loading';
import { pointsOf } from '../../src/resume/points';
import { RunState } from '../../src/runs/fold';
import { at, checkpoint, start, steps } from '../events';

test('each checkpoint has the losses of its epoch, or of its step as it was done last', () => {
  const state = new RunState();
  state.apply(start({ batches: 10 }));
  state.apply(checkpoint('epoch-0001.keras', at(1, 0, 10)));
  state.apply(checkpoint('step-00000012.keras', at(1, 2, 12)));
  state.apply(checkpoint('step-00000019.keras', at(1, 9, 19)));
  const events = [
    steps(2, 1, [9, 8, 7], { step: 11 }),
    steps(2, 1, [0.5, 0.25, 0.125], { step: 11 })
  ];
  const points = pointsOf(state.checkpoints, new Map([[1, { loss: 3, val_loss: 4 }]]), events);
  assert.deepEqual(
    points.map(({ checkpoint: file, logs }) => [file, logs]),
    [
      ['step-00000019.keras', {}],
      ['step-00000012.keras', { loss: 0.25 }],
      ['epoch-0001.keras', { loss: 3, val_loss: 4 }]
    ]
  );
});

const WHOLE = { position: at(3, 0, 30) };

test('the cell that loads a model names the run as short as can be', () => {
  assert.match(
    loadingCode('a/kresume_runs/m-001', 'a/n.ipynb', null) ?? '',
    /load_run\("m-001"\).load_model\(\)$/
  );
  assert.match(
    loadingCode('kresume_runs/m-001', 'n.ipynb', WHOLE) ?? '',
    /load_run\("m-001"\).load_model\(epoch=3\)$/
  );
  assert.match(loadingCode('a/other/m-001', 'a/n.ipynb', null) ?? '', /load_run\("other\/m-001"\)/);
  assert.match(
    loadingCode('b/runs/m-001', 'a/n.ipynb', null) ?? '',
    /load_run\("..\/b\/runs\/m-001"\)/
  );
});

test('a name cannot end its string', () => {
  assert.match(
    loadingCode('r/a"); evil("', 'n.ipynb', null) ?? '',
    /load_run\("r\/a\\"\); evil\(\\""\)/
  );
});

test('no cell is made for a point that load_model does not name', () => {
  assert.equal(loadingCode('r/a', 'n.ipynb', { position: at(1, 2, 12) }), null);
});
