import '../dom';

import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Controlled } from '../../src/panel/controls';
import { Controls } from '../../src/panel/controls';
import type { Action, Answer } from '../../src/runs/requests';
import { RequestError } from '../../src/runs/requests';
import { RunState } from '../../src/runs/fold';
import { at, control, header, start, steps } from '../events';
import { trans } from '../trans';

/** A run that keeps what it is asked for until told the answer. */
class Fake implements Controlled {
  state = new RunState();
  status: Controlled['status'] = 'running';
  header: Controlled['header'] = null;
  late = false;
  asked: Controlled['asked'] = [];
  sent: [Action, number | null | undefined][] = [];
  private settle: { resolve: (answer: Answer) => void; reject: (error: unknown) => void } | null =
    null;

  constructor() {
    this.state.apply(start());
    this.state.apply(steps(1, 1, [1, 1]));
  }

  send(action: Action, value: number | null = null): Promise<Answer> {
    this.sent.push([action, value]);
    this.asked = [{ schema: 1, id: 'a', action, value, time: 1 }];
    return new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
  }

  async answer(answer: Answer | RequestError): Promise<void> {
    this.asked = [];
    if (answer instanceof RequestError) {
      this.settle?.reject(answer);
    } else {
      this.state.apply(answer);
      this.settle?.resolve(answer);
    }
    await new Promise(resolve => setTimeout(resolve));
  }
}

function shown(model = new Fake()): {
  model: Fake;
  controls: Controls;
  button: (name: string) => HTMLButtonElement;
  said: () => string;
} {
  const controls = new Controls(model, trans);
  controls.update();
  document.body.append(controls.node, controls.below);
  return {
    model,
    controls,
    button: name => {
      const found = [...controls.node.querySelectorAll('button')].find(
        one => one.textContent === name
      );
      assert.ok(found, name);
      return found;
    },
    said: () => controls.below.querySelector('[role=status]')?.textContent ?? ''
  };
}

test('a request is shown as asked until the journal answers, then with the place', async () => {
  const { model, controls, button, said } = shown();
  button('Pause').click();
  controls.update();
  assert.deepEqual(model.sent, [['pause', null]]);
  assert.equal(said(), 'Asked to pause …');
  assert.equal(button('Pause').getAttribute('aria-disabled'), 'true');
  button('Pause').click();
  assert.equal(model.sent.length, 1, 'asked once');
  await model.answer(control('pause', at(0, 2, 2)));
  assert.equal(said(), 'Paused after batch 2 of 10.');
  button('Continue').click();
  await model.answer(control('continue', at(0, 2, 2), { detail: 'Training goes on.' }));
  assert.equal(said(), 'Training goes on.');
  assert.deepEqual(model.sent[1], ['continue', null]);
});

test('a refusal and a request that was never handed over are told with the reason', async () => {
  const { model, button, said } = shown();
  button('Checkpoint').click();
  await model.answer(control('checkpoint', at(0, 2, 2), { done: false, detail: 'disk full' }));
  assert.equal(said(), 'Not done. disk full');
  button('Checkpoint').click();
  await model.answer(new RequestError('unsent', '503'));
  assert.equal(said(), 'The request could not be handed over: 503');
  button('Stop').click();
  await model.answer(new RequestError('ended', ''));
  assert.equal(said(), 'Training ended before it was asked to.');
});

for (const [status, reason] of [
  ['finished', /finished/],
  ['stopped', /kernel died/],
  ['interrupted', /interrupted/],
  ['failed', /failed/]
] as const) {
  test(`nothing can be asked of a run that is ${status}, and the reason can be read`, () => {
    const model = new Fake();
    model.status = status;
    const { controls, button } = shown(model);
    for (const name of ['Pause', 'Checkpoint', 'Learning rate', 'Stop']) {
      assert.equal(button(name).getAttribute('aria-disabled'), 'true');
      assert.match(button(name).title, reason);
      assert.ok(!button(name).disabled, 'the keyboard reaches it');
      button(name).click();
    }
    assert.deepEqual(model.sent, []);
    assert.match(controls.node.textContent ?? '', reason);
  });
}

test('a learning rate is asked for with its number; what is none is not', () => {
  const { model, controls, button } = shown();
  button('Learning rate').click();
  const form = controls.below.querySelector('form');
  const input = form?.querySelector('input');
  assert.ok(form && input);
  assert.equal(form.hidden, false);
  assert.equal(input.value, '0.1', 'the present one');
  for (const wrong of ['', 'fast', '0', '-1', 'Infinity', 'NaN']) {
    input.value = wrong;
    form.dispatchEvent(new Event('submit', { cancelable: true }));
    assert.equal(input.getAttribute('aria-invalid'), 'true', wrong);
  }
  assert.match(form.textContent ?? '', /Not a number above zero/);
  assert.deepEqual(model.sent, []);
  input.value = '3e-4';
  input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
  assert.deepEqual(model.sent, [['learning_rate', 0.0003]]);
  assert.ok(form.hidden);
});

test('what a schedule means for a rate set by hand is said before it is set', () => {
  const model = new Fake();
  const plain = shown(model);
  plain.button('Learning rate').click();
  assert.match(plain.controls.below.textContent ?? '', /Now 0.1. .*until a callback changes it/);
  const rate = { class_name: 'CosineDecay', config: {} };
  model.header = header({ compile: { optimizer: { config: { learning_rate: rate } } } });
  const scheduled = shown(model);
  scheduled.button('Learning rate').click();
  assert.match(
    scheduled.controls.below.textContent ?? '',
    /schedule \(CosineDecay\), so there is no/
  );
  assert.ok(scheduled.controls.below.querySelector('input')?.disabled);
});

test('a page that reaches training too late says so instead of asking', () => {
  const model = new Fake();
  model.late = true;
  const { button } = shown(model);
  assert.match(button('Pause').title, /only when its cell has ended/);
});
