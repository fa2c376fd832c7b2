import '../dom';
import '../require';

import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Finding } from '../../src/protocol';
import { ReportView } from '../../src/resume/report';
import { reportLine } from '../../src/resume/reportMessages';
import { trans } from '../trans';

const exact: Finding = { what: 'weights', verdict: 'exact', detail: '6 variables' };
const lost: Finding = { what: 'Custom', verdict: 'lost', detail: 'has no set_state()' };
const changed: Finding = { what: 'epochs', verdict: 'changed', detail: '20 then, 30 now' };
const near: Finding = { what: 'order', verdict: 'approximate', detail: 'a generator' };

test('a run that was never resumed has no report', () => {
  const view = new ReportView(trans);
  view.update([]);
  assert.ok(view.node.hidden);
});

test('the line counts the verdicts and leaves out those that did not occur', () => {
  assert.equal(reportLine([exact, exact], trans), '2 restored exactly');
  assert.equal(
    reportLine([changed, exact, lost, near], trans),
    '1 restored exactly · 1 approximately · 1 not restored · 1 changed'
  );
});

test('what was lost stands first, and each group names its findings', () => {
  const view = new ReportView(trans);
  view.update([exact, changed, lost, near]);
  assert.ok(!view.node.hidden);
  assert.equal(view.node.dataset.worst, 'lost');
  const groups = [...view.node.querySelectorAll('.kr-Report-group')];
  assert.deepEqual(
    groups.map(group => (group as HTMLElement).dataset.verdict),
    ['lost', 'approximate', 'changed', 'exact']
  );
  assert.match(groups[0]?.textContent ?? '', /✕Not restoredCustomhas no set_state\(\)/);
});

test('names from files are text, and the same findings are drawn once', () => {
  const view = new ReportView(trans);
  view.update([{ what: '<img onerror=1>', verdict: 'lost', detail: '<b>' }]);
  assert.equal(view.node.querySelector('img, b'), null);
  const drawn = view.node.querySelector('.kr-Report-group');
  view.update([{ what: '<img onerror=1>', verdict: 'lost', detail: '<b>' }]);
  assert.equal(view.node.querySelector('.kr-Report-group'), drawn);
});

test('an unfolded report stays unfolded when it changes', () => {
  const view = new ReportView(trans);
  view.update([exact]);
  view.node.open = true;
  view.update([exact, lost]);
  assert.ok(view.node.open);
});
