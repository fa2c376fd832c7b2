import assert from 'node:assert/strict';
import { test } from 'node:test';

import { obstacle } from '../../src/auto/may';
import { trans } from '../trans';

const training = { id: 'train', source: 'kr.fit(model)', label: 'cell 1', skipped: false };
const plan = { setup: [], training, trainingChanged: false };

test('a trusted notebook that is as it was needs nobody', () => {
  assert.equal(
    obstacle(plan, () => true, true, trans),
    ''
  );
});

test('the settings keep a page from resuming by itself', () => {
  assert.match(
    obstacle(plan, () => true, false, trans),
    /the settings do not let this page/
  );
});

test('a notebook that is not trusted, or changed, needs a person', () => {
  assert.match(
    obstacle(plan, () => false, true, trans),
    /not trusted/
  );
  const changed = { ...plan, trainingChanged: true };
  assert.match(
    obstacle(changed, () => true, true, trans),
    /cells changed/
  );
  assert.match(
    obstacle({ ...plan, training: null }, () => true, true, trans),
    /cell is gone/
  );
});
