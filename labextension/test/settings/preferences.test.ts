import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { DEFAULTS, preferencesIn } from '../../src/settings/preferences';

interface Schema {
  properties: Record<string, { default: unknown }>;
}

test('the defaults are those that the schema shows to people', () => {
  const schema = JSON.parse(readFileSync('../schema/plugin.json', 'utf-8')) as Schema;
  const shown = Object.entries(schema.properties).map(
    ([name, one]) => [name, one.default] as const
  );
  assert.deepEqual(preferencesIn(Object.fromEntries(shown)), DEFAULTS);
  assert.deepEqual(preferencesIn({}), DEFAULTS);
  assert.deepEqual(Object.keys(schema.properties).sort(), Object.keys(DEFAULTS).sort());
});

test('what was set is taken, no countdown included', () => {
  const set = {
    runsFolder: 'my runs',
    askCountdown: 0,
    resumeByItself: false,
    listOrder: 'best',
    retention: 'both'
  };
  assert.deepEqual(preferencesIn(set), { ...set, askCountdown: null });
});

test('what makes no sense is as by default', () => {
  for (const runsFolder of ['..', '../x', 'a/b', 'a\\b', '.hidden', '', 7]) {
    assert.equal(preferencesIn({ runsFolder }).runsFolder, DEFAULTS.runsFolder);
  }
  assert.equal(preferencesIn({ askCountdown: 60 }).askCountdown, 60);
  const wrong = { askCountdown: -1, resumeByItself: 'yes', listOrder: 'worst', retention: null };
  assert.deepEqual(preferencesIn(wrong), DEFAULTS);
});
