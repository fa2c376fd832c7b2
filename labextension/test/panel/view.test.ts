import '../dom';
import '../require';

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Signal } from '@lumino/signaling';

import { RunView } from '../../src/panel/view';
import { RunState } from '../../src/runs/fold';
import type { RunModel } from '../../src/runs/model';
import { at, end, epoch, start, steps } from '../events';
import { trans } from '../trans';

/** A model that stands still until told otherwise. */
function model(values: Partial<RunModel> = {}): RunModel & { tell: () => void } {
  const signal = new Signal<object, undefined>({});
  const still = {
    name: 'mnist-001',
    folder: 'kresume_runs/mnist-001',
    state: new RunState(),
    status: 'running',
    problem: null,
    torn: 0,
    loaded: true,
    changed: signal,
    tell: () => {
      signal.emit(undefined);
    }
  };
  return Object.assign(still, values) as unknown as RunModel & { tell: () => void };
}

test('the panel tells status, place and counts, and follows its model', () => {
  const run = model();
  run.state.apply(start());
  run.state.apply(steps(1, 1, [3, 2]));
  const view = new RunView(run, trans);
  assert.deepEqual(Object.fromEntries(Object.entries(view.node.dataset)), {
    run: 'mnist-001',
    status: 'running',
    epochs: '0',
    steps: '2',
    step: '2'
  });
  assert.match(view.node.textContent ?? '', /Running.*epoch 1 of 20 · batch 2 of 10/);
  run.state.apply(epoch(1));
  run.state.apply(end('finished', at(1, 0, 10)));
  Object.assign(run, { status: 'finished' });
  run.tell();
  assert.equal(view.node.dataset.status, 'finished');
  assert.equal(view.node.dataset.epochs, '1');
  view.dispose();
  run.tell();
});

test('names from files are text, however hostile and long', () => {
  const run = model({ name: '<img src=x onerror=alert(1)>' });
  const long = 'a'.repeat(1000);
  run.state.apply(start({ report: ['<b>bold</b>'] }));
  run.state.apply(
    steps(1, 1, [1], { logs: { '<script>1</script>': [1], [long]: [1], __proto__: [1] } })
  );
  const view = new RunView(run, trans);
  assert.equal(view.node.querySelector('img, script, b'), null);
  assert.match(view.node.textContent ?? '', /<b>bold<\/b>/);
  assert.equal(view.node.querySelector(`[title="${long}"]`)?.textContent, long);
  view.dispose();
});

test('a screen reader is told what is what', () => {
  const view = new RunView(model(), trans);
  assert.equal(view.node.getAttribute('role'), 'region');
  assert.match(view.node.getAttribute('aria-label') ?? '', /mnist-001/);
  assert.equal(view.node.querySelector('.kr-Panel-status')?.getAttribute('role'), 'status');
  assert.equal(view.node.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow'), '0');
  view.dispose();
});

test('what cannot be shown is a sentence, not a blank', () => {
  const said = (values: Partial<RunModel>): string => {
    const view = new RunView(model(values), trans);
    view.dispose();
    return view.node.textContent ?? '';
  };
  assert.match(said({}), /Waiting for the first step/);
  assert.match(said({ problem: { kind: 'missing' } }), /is not there/);
  assert.match(said({ problem: { kind: 'newer', schema: 9 } }), /layout version 9/);
  assert.match(
    said({ problem: { kind: 'unreachable', message: '503' } }),
    /Cannot read the run folder \(503\)/
  );
});
