import assert from 'node:assert/strict';
import { test } from 'node:test';

import { askedIn, askedOf, QUERY, written } from '../../../src/compare/data/link';
import { PLAIN_VIEW } from '../../../src/compare/data/choices';
import { lookOf } from '../../../src/compare/charts/palette';

const asked = {
  runs: ['kresume_runs/a b&c-001', 'kresume_runs/ü-002'],
  view: {
    ...PLAIN_VIEW,
    x: 'time' as const,
    metrics: ['val_loss', '<b>'],
    smoothing: 0.9,
    hidden: ['kresume_runs/ü-002'],
    checkpoints: [{ run: 'kresume_runs/ü-002', file: 'epoch-0001.keras' }]
  }
};

test('a link restores what it was made of', () => {
  const query = `?x=1&${new URLSearchParams({ [QUERY]: written(asked) }).toString()}`;
  assert.deepEqual(askedIn(query), asked);
  assert.deepEqual(askedOf(JSON.parse(written({ ...asked, view: PLAIN_VIEW }))), {
    ...asked,
    view: PLAIN_VIEW
  });
  assert.ok(!written({ ...asked, view: PLAIN_VIEW }).includes('view'));
});

test('what leads out of the server’s root, or is no list of folders, is not asked for', () => {
  for (const runs of [['../a'], ['/etc'], ['a/../../b'], ['a\\b'], [''], [7], 'a', null, []]) {
    assert.equal(askedOf({ runs }), null, JSON.stringify(runs));
  }
  assert.deepEqual(askedOf({ runs: ['../a', 'b'] })?.runs, ['b']);
  assert.equal(askedOf(undefined), null);
});

test('a damaged link, or a view that is none, does no harm', () => {
  assert.equal(askedIn(`?${QUERY}=%7B%22runs`), null);
  assert.equal(askedIn('?other=1'), null);
  assert.deepEqual(askedOf({ runs: ['a'], view: { x: 'moon', smoothing: 4 } })?.view, PLAIN_VIEW);
  assert.equal(askedOf({ runs: ['a'], view: { smoothing: 4 } })?.view.smoothing, 0.99);
});

test('the checkpoints of a command’s arguments are part of the view', () => {
  const pair = [
    { run: 'a', file: 'epoch-0001.keras' },
    { run: 'b', file: 'epoch-0002.keras' }
  ];
  assert.deepEqual(askedOf({ runs: ['a', 'b'], checkpoints: pair })?.view.checkpoints, pair);
});

test('fifty runs look different from one another, on light and on dark ground', () => {
  for (const dark of [false, true]) {
    const looks = Array.from({ length: 50 }, (_, index) => {
      const { colour, dash } = lookOf(index, dark);
      return `${colour} ${dash.join()}`;
    });
    assert.equal(new Set(looks).size, 50);
  }
});

/** WCAG 2.2, relative luminance. */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map(at => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

test('every colour stands out from its ground as WCAG asks of graphics', () => {
  for (const [dark, ground] of [
    [false, 1],
    [true, luminance('#111111')]
  ] as const) {
    for (let index = 0; index < 7; index++) {
      const own = luminance(lookOf(index, dark).colour);
      const [high, low] = [Math.max(own, ground), Math.min(own, ground)];
      assert.ok((high + 0.05) / (low + 0.05) >= 3, lookOf(index, dark).colour);
    }
  }
});
