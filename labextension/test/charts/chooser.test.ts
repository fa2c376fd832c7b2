import '../dom';

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MOST_CHARTS } from '../../src/charts/plan';
import { Chooser } from '../../src/charts/chooser';
import { trans } from '../trans';

const METRICS = Array.from({ length: 300 }, (_, row) => `head_${row % 3}/metric_${row}`);

function opened(metrics: string[], chosen: string[]) {
  const wishes: (readonly string[] | null)[] = [];
  const chooser = new Chooser(metrics => wishes.push(metrics), trans);
  document.body.append(chooser.button, chooser.node);
  chooser.update(metrics, chosen);
  chooser.button.click();
  const box = (name: string): HTMLInputElement => {
    const found = chooser.node.querySelector<HTMLInputElement>(`[title="${name}"] input`);
    assert.ok(found);
    return found;
  };
  return { chooser, wishes, box };
}

function tick(box: HTMLInputElement, checked: boolean): void {
  box.checked = checked;
  box.dispatchEvent(new Event('change'));
}

test('a metric is ticked on and off, and the button says how many have a chart', () => {
  const { chooser, wishes, box } = opened(['loss', 'a', 'b'], ['loss', 'a']);
  assert.equal(chooser.button.textContent, 'metrics: 2 of 3');
  assert.equal(chooser.button.getAttribute('aria-expanded'), 'true');
  tick(box('b'), true);
  tick(box('a'), false);
  assert.deepEqual(wishes, [['loss', 'a', 'b'], ['loss']]);
});

test('the last chart stays', () => {
  const { box } = opened(['loss', 'a'], ['loss']);
  assert.ok(box('loss').disabled);
  assert.ok(!box('a').disabled);
});

test('of hundreds of metrics those that match are listed', () => {
  const { chooser } = opened(METRICS, METRICS.slice(0, 4));
  const search = chooser.node.querySelector<HTMLInputElement>('input[type=search]');
  assert.ok(search && !search.hidden);
  search.value = ' HEAD_1/metric_29';
  search.dispatchEvent(new Event('input'));
  const listed = [...chooser.node.querySelectorAll<HTMLElement>('label')].filter(
    one => !one.hidden
  );
  assert.deepEqual(
    listed.map(one => one.title),
    ['head_1/metric_292', 'head_1/metric_295', 'head_1/metric_298']
  );
});

test('no more charts than a page has room for', () => {
  const { chooser, box } = opened(METRICS, METRICS.slice(0, MOST_CHARTS));
  assert.ok(box(METRICS[100] ?? '').disabled);
  assert.ok(!box(METRICS[0] ?? '').disabled);
  assert.match(chooser.node.textContent ?? '', /24 charts at most/);
});

test('a single metric leaves nothing to choose', () => {
  assert.ok(opened(['loss'], ['loss']).chooser.button.hidden);
});

test('names from files are text', () => {
  const { chooser } = opened(['loss', '<img src=x onerror=alert(1)>'], ['loss']);
  assert.equal(chooser.node.querySelector('img'), null);
});
