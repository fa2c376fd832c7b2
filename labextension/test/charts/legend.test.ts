import '../dom';

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Legend } from '../../src/charts/legend';
import type { LineKey } from '../../src/charts/lines';
import { trans } from '../trans';

const ITEMS = [
  { key: 'epochs', name: 'epoch', colour: '#000', light: false },
  { key: 'validation', name: 'validation', colour: '#111', light: false }
] as const;

test('each line is a button that says whether it is shown', () => {
  const toggled: LineKey[] = [];
  const legend = new Legend('loss', line => toggled.push(line), trans);
  legend.setItems(ITEMS);
  legend.setValues(['0.5', '0.7']);
  legend.setHidden(new Set(['validation'] as const));
  const [, validation] = legend.node.querySelectorAll('button');
  assert.equal(validation?.getAttribute('aria-pressed'), 'false');
  assert.equal(validation.getAttribute('aria-label'), 'validation, loss');
  assert.equal(validation.textContent, 'validation0.7');
  validation.click();
  assert.deepEqual(toggled, ['validation']);
});

test('switching a line off keeps its button, and so the focus', () => {
  const legend = new Legend('loss', () => undefined, trans);
  legend.setItems(ITEMS);
  const [before] = legend.node.querySelectorAll('button');
  legend.setItems([...ITEMS]);
  legend.setHidden(new Set(['epochs'] as const));
  assert.equal(legend.node.querySelector('button'), before);
});
