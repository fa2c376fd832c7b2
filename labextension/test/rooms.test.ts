import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { test } from 'node:test';

/** Of each room of `src`, the rooms that it may know. Nobody knows those that are not named. */
const MAY_KNOW: Record<string, string[]> = {
  protocol: [],
  ui: ['protocol'],
  runs: ['protocol'],
  settings: ['runs'],
  autosave: [],
  charts: ['protocol', 'runs', 'ui'],
  resume: ['protocol', 'runs', 'ui'],
  ask: ['autosave', 'protocol', 'resume', 'runs', 'settings', 'ui'],
  auto: ['protocol', 'resume', 'runs', 'settings'],
  banner: ['protocol', 'resume', 'runs', 'ui'],
  panel: ['autosave', 'charts', 'protocol', 'resume', 'runs', 'ui'],
  'compare/data': ['charts', 'protocol', 'runs', 'ui'],
  'compare/charts': ['charts', 'compare/data', 'protocol', 'ui'],
  'compare/weights': ['compare/data', 'protocol', 'runs', 'ui'],
  'compare/sections': ['charts', 'compare/charts', 'compare/data', 'protocol', 'runs', 'ui'],
  compare: [...['compare/charts', 'compare/data', 'compare/sections', 'compare/weights'], 'ui'],
  'compare/lab': ['compare', 'compare/data', 'protocol', 'runs', 'ui'],
  listing: ['charts', 'panel', 'protocol', 'runs', 'settings', 'ui'],
  plugins: ['runs', 'settings'],
  widget: ['charts', 'compare', 'compare/data', 'panel', 'protocol', 'runs', 'ui'],
  index: [...['ask', 'auto', 'autosave', 'banner', 'compare/lab', 'listing', 'panel', 'plugins']]
};

const SOURCE = '../src'; // tests run where they are bundled
const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .map(file => file.replaceAll('\\', '/'))
  .filter(file => file.endsWith('.ts') && !file.endsWith('.d.ts'));
const text = (file: string): string => readFileSync(`${SOURCE}/${file}`, 'utf8');

/** The modules of ours that a module imports, as paths from `src`. */
function imported(file: string): string[] {
  return [...text(file).matchAll(/(?:from|import)\s*\(?\s*'(\.[^']*)'/g)]
    .map(([, path = '']) => posix.join(posix.dirname(file), path))
    .filter(path => !path.endsWith('.css'));
}

/** The room of a module: its folder; of one beside the folders, itself. */
function room(path: string): string {
  const folder = posix.dirname(path);
  return folder === '.' ? path.replace(/\.ts$/, '') : folder;
}

test('each room knows only those that it may, and no rule is left over', () => {
  const known = new Map<string, Set<string>>();
  for (const file of files) {
    const others = known.get(room(file)) ?? new Set();
    for (const path of imported(file)) {
      others.add(room(path));
    }
    others.delete(room(file));
    known.set(room(file), others);
  }
  assert.deepEqual(
    Object.fromEntries([...known].map(([name, others]) => [name, [...others].sort()])),
    Object.fromEntries(Object.entries(MAY_KNOW).map(([name, others]) => [name, others.sort()]))
  );
});

test('no module imports itself by others', () => {
  const done = new Set<string>();
  const visit = (file: string, above: string[]): void => {
    assert.ok(!above.includes(file), [...above, file].join(' -> '));
    if (done.has(file)) {
      return;
    }
    // A type is gone once it is compiled: only what is needed at run time counts.
    const code = text(file).replace(/^import type [\s\S]*?;$/gm, '');
    for (const [, path = ''] of code.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']*)'/g)) {
      const other = `${posix.join(posix.dirname(file), path)}.ts`;
      if (files.includes(other)) {
        visit(other, [...above, file]);
      }
    }
    done.add(file);
  };
  for (const file of files) {
    visit(file, []);
  }
});

test('models make no elements', () => {
  const models = files.filter(file => /(^|\/)(model|.*Model)\.ts$/.test(file));
  assert.ok(models.length >= 5);
  for (const file of models) {
    assert.doesNotMatch(text(file), /document\.|createElement|\belement\(/, file);
  }
});
