import '../dom';

import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Happening } from '../../src/charts/events';
import { Strip } from '../../src/charts/strip';
import { at, checkpoint } from '../events';
import { trans } from '../trans';

function kept(
  epochs: number,
  marks: { best?: boolean; last?: boolean; batch?: number } = {}
): Happening {
  const position = at(epochs, marks.batch ?? 0, epochs * 10);
  return {
    kind: 'checkpoint',
    x: epochs,
    checkpoint: checkpoint(`epoch-${epochs}.keras`, position),
    best: marks.best ?? false,
    last: marks.last ?? false
  };
}

function strip(happenings: Happening[], range: readonly [number, number] = [0, 10]): Strip {
  const made = new Strip(trans);
  document.body.append(made.node);
  made.update({ happenings, skipped: 0, axis: 'epoch', range, width: 566, batches: 10 });
  return made;
}

const items = ({ node }: Strip): HTMLElement[] => [
  ...node.querySelectorAll<HTMLElement>('[role=listitem]')
];

test('each has its place under the axis, its shape, and its name for a screen reader', () => {
  const shown = items(
    strip([kept(0), kept(2, { batch: 5 }), kept(5, { best: true }), kept(10, { last: true })])
  );
  assert.deepEqual(
    shown.map(item => [item.style.left, item.dataset.shape, item.textContent]),
    [
      ['56px', 'epoch', ''],
      ['156px', 'within', ''],
      ['306px', 'best', 'best'],
      ['556px', 'epoch', 'last']
    ]
  );
  assert.match(shown[3]?.getAttribute('aria-label') ?? '', /epoch-10.keras.*\(last\)/);
  assert.equal(shown[3]?.dataset.side, 'left', 'a label does not leave the chart');
});

test('a label without room is left out, and the words say it', () => {
  const made = strip([kept(1), kept(1.4, { best: true }), kept(1.8), kept(9, { last: true })]);
  assert.deepEqual(
    items(made).map(item => item.textContent),
    ['', '', '', 'last']
  );
});

test('a kill stands for the best checkpoint beside it, which its label still names', () => {
  const made = strip([kept(5, { best: true }), { kind: 'stopped', x: 5.1, at: at(5, 1, 51) }]);
  const [item] = items(made);
  assert.deepEqual([item?.dataset.shape, item?.textContent], ['stopped', 'best ×2']);
});

test('what is out of sight is not drawn', () => {
  assert.equal(items(strip([kept(1), kept(5), kept(9)], [4, 6])).length, 1);
});

test('one Tab stop, the arrows go on, and the words follow the focus', () => {
  const made = strip([kept(1), kept(5), kept(9, { last: true })]);
  const shown = items(made);
  const words = made.node.querySelector('.kr-Strip-words');
  assert.deepEqual(
    shown.map(item => item.tabIndex),
    [-1, -1, 0]
  );
  assert.match(words?.textContent ?? '', /^3 checkpoints/);
  shown[2]?.focus();
  assert.match(words?.textContent ?? '', /^epoch-9.keras/);
  shown[2]?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowLeft', bubbles: true }));
  assert.equal(document.activeElement, shown[1]);
  assert.match(words?.textContent ?? '', /^epoch-5.keras/);
  shown[1]?.blur();
  assert.match(words?.textContent ?? '', /^3 checkpoints/);
});

test('a run without any has no strip', () => {
  assert.ok(strip([]).node.hidden);
});
