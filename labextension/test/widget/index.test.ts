import '../require';
import '../dom';

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import type { Channel } from '../../src/widget/channel';
import widget from '../../src/widget/index';
import { announceExtension } from '../../src/runs/present';
import { at, end, epoch, header, start, steps } from '../events';

const RUN = [start(), steps(1, 1, [3, 2]), epoch(1), end('finished', at(1, 0, 10))];

class Kernel implements Channel {
  listeners = 0;
  sent: object[] = [];

  get(name: string): unknown {
    const state: Record<string, unknown> = {
      name: 'mnist-001',
      folder: '/runs/mnist-001',
      header: JSON.stringify(header()),
      head: RUN.map(event => JSON.stringify(event))
    };
    return state[name];
  }

  on(): void {
    this.listeners++;
  }

  off(): void {
    this.listeners--;
  }

  send(message: object): void {
    this.sent.push(message);
  }
}

function place(): HTMLElement {
  const node = document.createElement('div');
  document.body.append(node);
  return node;
}

afterEach(() => {
  document.body.replaceChildren();
  delete document.body.dataset.kresumeNb;
});

test('each view of a widget shows the run with its style, and takes both away again', () => {
  const kernel = new Kernel();
  const life = widget();
  const dispose = life.initialize({ model: kernel });
  const places = [place(), place()];
  const removals = places.map(el => life.render({ model: kernel, el }));
  for (const el of places) {
    const panel = el.querySelector<HTMLElement>('.kr-Widget > .kr-Panel');
    assert.equal(panel?.dataset.status, 'finished');
    assert.equal(panel.dataset.steps, '2');
    assert.match(el.querySelector('style')?.textContent ?? '', /\.kr-Panel/);
  }
  assert.equal(kernel.sent.length, 1, 'one run for both');
  for (const remove of removals) {
    remove();
  }
  assert.ok(places.every(el => el.childElementCount === 0));
  dispose();
  assert.equal(kernel.listeners, 0);
});

test('where the extension shows the run, a widget out of view follows nothing', () => {
  announceExtension();
  const kernel = new Kernel();
  const life = widget();
  const dispose = life.initialize({ model: kernel });
  assert.deepEqual([kernel.listeners, kernel.sent.length], [0, 0]);
  const remove = life.render({ model: kernel, el: place() });
  assert.ok(kernel.listeners > 0);
  remove();
  dispose();
  assert.equal(kernel.listeners, 0);
});

test('a front end without JupyterLab’s colours gets others', () => {
  for (const [variable, ground] of [
    ['', 'light'],
    ['#fff', undefined]
  ] as const) {
    const kernel = new Kernel();
    const life = widget();
    const el = place();
    el.style.setProperty('--jp-layout-color1', variable);
    document.body.dataset.jpThemeLight = 'true';
    const remove = life.render({ model: kernel, el });
    assert.equal(el.querySelector<HTMLElement>('.kr-Widget')?.dataset.ground, ground);
    remove();
    life.initialize({ model: kernel })();
  }
});
