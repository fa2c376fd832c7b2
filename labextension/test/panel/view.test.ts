import '../dom';
import '../require';

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Signal } from '@lumino/signaling';

import { PLAIN } from '../../src/charts/choices';
import { TimedState } from '../../src/runs/clock';
import { RememberedChoices } from '../../src/charts/remembered';
import { RunView } from '../../src/panel/view';
import { RunState } from '../../src/runs/fold';
import type { RunModel } from '../../src/runs/model';
import { at, end, epoch, start, steps } from '../events';
import { trans } from '../trans';
import { storage } from './storage';

const remembered = (): RememberedChoices => new RememberedChoices(storage());

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
    header: null,
    late: false,
    asked: [],
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
  const view = new RunView(run, remembered(), trans);
  assert.deepEqual(Object.fromEntries(Object.entries(view.node.dataset)), {
    run: 'mnist-001',
    status: 'running',
    paused: 'false',
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
  const view = new RunView(run, remembered(), trans);
  assert.equal(view.node.querySelector('img, script, b'), null);
  assert.match(view.node.textContent ?? '', /<b>bold<\/b>/);
  assert.equal(view.node.querySelector(`[title="${long}"]`)?.textContent, long);
  view.dispose();
});

test('a screen reader is told what is what', () => {
  const view = new RunView(model(), remembered(), trans);
  assert.equal(view.node.getAttribute('role'), 'region');
  assert.match(view.node.getAttribute('aria-label') ?? '', /mnist-001/);
  assert.equal(view.node.querySelector('.kr-Panel-status')?.getAttribute('role'), 'status');
  assert.equal(view.node.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow'), '0');
  view.dispose();
});

test('what cannot be shown is a sentence, not a blank', () => {
  const said = (values: Partial<RunModel>): string => {
    const view = new RunView(model(values), remembered(), trans);
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

/** Choose as a person does. */
function choose(view: RunView, group: string, value: string): void {
  const input = radio(view, group, value);
  input.checked = true;
  input.dispatchEvent(new Event('change'));
}

function radio(view: RunView, group: string, value: string): HTMLInputElement {
  const found = view.node.querySelector<HTMLInputElement>(
    `[role=radiogroup][aria-label="${group}"] input[value="${value}"]`
  );
  assert.ok(found);
  return found;
}

function zoomButton(view: RunView, action: string): HTMLButtonElement {
  const found = view.node.querySelector<HTMLButtonElement>(`[data-zoom=${action}]`);
  assert.ok(found);
  return found;
}

function trained(): ReturnType<typeof model> {
  const run = model({ state: new TimedState() });
  run.state.apply(start());
  run.state.apply(steps(1, 1, [3, 2]));
  return run;
}

test('how the charts are drawn is chosen once and found again', () => {
  const kept = remembered();
  const run = trained();
  const view = new RunView(run, kept, trans);
  choose(view, 'x axis', 'time');
  choose(view, 'loss', 'log');
  choose(view, 'smoothing', '0.9');
  zoomButton(view, 'in').click();
  const choices = kept.of(run.folder);
  assert.deepEqual(
    [choices.axis, choices.scale, choices.smoothing, choices.zoom],
    ['time', 'log', 0.9, [0.25, 0.75]]
  );
  view.dispose();

  const again = new RunView(run, kept, trans);
  assert.ok(radio(again, 'x axis', 'time').checked);
  assert.ok(radio(again, 'loss', 'log').checked);
  assert.ok(radio(again, 'smoothing', '0.9').checked);
  zoomButton(again, 'reset').click();
  assert.equal(kept.of(run.folder).zoom, null);
  again.dispose();
});

test('a run that keeps no time is shown by epoch, and its zoom by time is not taken for epochs', () => {
  const kept = remembered();
  const run = model();
  run.state.apply(start());
  run.state.apply(steps(1, 1, [3, 2]));
  kept.set(run.folder, { ...PLAIN, axis: 'time', zoom: [0.2, 0.4] });
  const view = new RunView(run, kept, trans);
  assert.ok(radio(view, 'x axis', 'epoch').checked);
  assert.ok(zoomButton(view, 'reset').hidden);
  assert.equal(kept.of(run.folder).axis, 'time');
  view.dispose();
});

test('there is only so much to choose as there is to see', () => {
  const empty = new RunView(model(), remembered(), trans);
  const toolbar = empty.node.querySelector<HTMLElement>('.kr-Toolbar');
  assert.equal(toolbar?.hidden, true);
  empty.dispose();

  const run = model();
  run.state.apply(start());
  run.state.apply(steps(1, 1, [1], { logs: { accuracy: [1] } }));
  const view = new RunView(run, remembered(), trans);
  assert.equal(radio(view, 'loss', 'log').closest('form')?.hidden, true);
  assert.ok(radio(view, 'x axis', 'time').disabled);
  assert.ok(zoomButton(view, 'reset').hidden);
  zoomButton(view, 'in').click();
  assert.ok(!zoomButton(view, 'reset').hidden);
  view.dispose();
});

test('every control has a name and leaves the notebook’s shortcuts alone', () => {
  const view = new RunView(trained(), remembered(), trans);
  const toolbar = view.node.querySelector('.kr-Toolbar');
  assert.ok(toolbar !== null);
  for (const control of view.node.querySelectorAll('button, input, [tabindex]')) {
    assert.ok(control.hasAttribute('data-lm-suppress-shortcuts'));
  }
  for (const control of toolbar.querySelectorAll('button, [role=radiogroup], [role=group]')) {
    assert.notEqual(control.getAttribute('aria-label') ?? control.textContent, '');
  }
  for (const input of toolbar.querySelectorAll('input')) {
    assert.notEqual(input.closest('label')?.textContent ?? '', '');
  }
  view.dispose();
});
