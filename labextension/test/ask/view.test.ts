import '../dom';
import '../require';

import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Choice } from '../../src/ask/model';
import { AskModel } from '../../src/ask/model';
import { AskView } from '../../src/ask/view';
import type { Ask } from '../../src/protocol';
import { trans } from '../trans';
import { question } from './question';

/** The question on a page whose server answers at once. */
async function shown(values: Partial<Ask> = {}): Promise<{
  model: AskModel;
  node: HTMLElement;
  chosen: Choice[];
}> {
  const chosen: Choice[] = [];
  const files = {
    age: (): Promise<number> => Promise.resolve(0),
    write: (): Promise<void> => Promise.resolve()
  };
  const model = new AskModel(question(values), 'kresume_runs/digits-002', files, () => 0);
  const answer = model.answer.bind(model);
  model.answer = (choice: Choice): Promise<void> => {
    chosen.push(choice);
    return answer(choice);
  };
  const { node } = new AskView(model, trans);
  await model.start();
  return { model, node, chosen };
}

function press(node: HTMLElement, name: string): void {
  const button = node.querySelector<HTMLElement>(name);
  assert.ok(button);
  button.click();
}

test('it says what happened, what the newest point is, and counts', async () => {
  const { model, node } = await shown();
  const told = node.textContent ?? '';
  assert.match(told, /digits-002 was interrupted after epoch 2, batch 3 of 23/);
  assert.equal(node.querySelector('.kr-Ask-resume')?.textContent, 'Resume from epoch 2, batch 3');
  assert.match(told, /Resumes by itself in 15 s/);
  model.dispose();
});

test('the other points stand with their losses, and begin a fork', async () => {
  const { model, node, chosen } = await shown();
  const rows = [...node.querySelectorAll('tbody tr')].map(row =>
    [...row.querySelectorAll('td')].slice(0, 4).map(cell => cell.textContent)
  );
  const heads = [...node.querySelectorAll('th')].map(cell => cell.textContent);
  assert.deepEqual(heads, ['after', 'loss', 'val_loss', 'accuracy', 'saved']);
  assert.deepEqual(rows, [
    ['epoch 2', '1.5', 'NaN', '0.5'],
    ['the start', '', '', '']
  ]);
  press(node, '.kr-Ask-fork');
  assert.equal(chosen[0]?.action, 'fork');
  assert.match(node.textContent ?? '', /Beginning a fork/);
  model.dispose();
});

test('touching it stops the countdown', async () => {
  const { model, node } = await shown();
  node.querySelector('summary')?.dispatchEvent(new window.Event('pointerdown', { bubbles: true }));
  assert.equal(model.left, null);
  assert.match(node.textContent ?? '', /Waiting for your choice/);
  model.dispose();
});

test('once answered, nothing can be pressed any more', async () => {
  const { model, node, chosen } = await shown();
  press(node, '.kr-Ask-startOver');
  assert.deepEqual(chosen, [{ action: 'new' }]);
  assert.match(node.textContent ?? '', /Starting over/);
  const buttons = [...node.querySelectorAll('button')];
  assert.ok(buttons.every(button => button.disabled));
  model.dispose();
});

test('names from files are text', async () => {
  const { model, node } = await shown({ run: '<img onerror=1>', points: [] });
  assert.equal(node.querySelector('img'), null);
  assert.equal(node.querySelector('.kr-Ask-resume'), null);
  model.dispose();
});
