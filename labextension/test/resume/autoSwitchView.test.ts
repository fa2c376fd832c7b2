import '../dom';
import '../require';

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Signal } from '@lumino/signaling';

import type { IAutoResume } from '../../src/resume/autoTokens';
import { AutoSwitchView } from '../../src/resume/autoSwitchView';
import { trans } from '../trans';

class Kept implements IAutoResume {
  readonly changed: Signal<IAutoResume, string> = new Signal<IAutoResume, string>(this);
  readonly on = new Set<string>();
  refusal: string | null = null;

  enabled(folder: string): Promise<boolean> {
    return Promise.resolve(this.on.has(folder));
  }

  read(folder: string): ReturnType<IAutoResume['read']> {
    return Promise.resolve({ on: this.on.has(folder), since: null, unattended: false });
  }

  set(folder: string, on: boolean): Promise<void> {
    if (this.refusal !== null) {
      return Promise.reject(new Error(this.refusal));
    }
    this.on[on ? 'add' : 'delete'](folder);
    this.changed.emit(folder);
    return Promise.resolve();
  }
}

const settled = (): Promise<void> => new Promise(resolve => setTimeout(resolve));

test('it is hidden until there is a run, and shows how that run’s switch stands', async () => {
  const kept = new Kept();
  const view = new AutoSwitchView(kept, trans);
  assert.ok(view.node.hidden);
  view.show('runs/a-001');
  await settled();
  assert.ok(!view.node.hidden);
  assert.equal(view.node.getAttribute('role'), 'switch');
  assert.equal(view.node.getAttribute('aria-checked'), 'false');
  view.node.click();
  await settled();
  assert.ok(kept.on.has('runs/a-001'));
  assert.equal(view.node.getAttribute('aria-checked'), 'true');
  view.show('runs/b-001');
  await settled();
  assert.equal(view.node.getAttribute('aria-checked'), 'false');
  view.show(null);
  assert.ok(view.node.hidden);
});

test('turned elsewhere in the page it follows', async () => {
  const kept = new Kept();
  const view = new AutoSwitchView(kept, trans);
  view.show('runs/a-001');
  await settled();
  await kept.set('runs/a-001', true);
  await settled();
  assert.equal(view.node.getAttribute('aria-checked'), 'true');
});

test('a refusal leaves it as it was and says why', async () => {
  const kept = new Kept();
  kept.refusal = '<b>read-only</b>';
  const view = new AutoSwitchView(kept, trans);
  view.show('runs/a-001');
  await settled();
  view.node.click();
  await settled();
  assert.equal(view.node.getAttribute('aria-checked'), 'false');
  assert.equal(view.node.title, '<b>read-only</b>');
  assert.ok(!view.node.disabled);
});
