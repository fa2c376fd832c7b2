import '../require';

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Signal } from '@lumino/signaling';

import type { Entry } from '../../src/listing/entry';
import { ListingModel } from '../../src/listing/model';
import type { Listing, RowSource } from '../../src/listing/source';
import { entry } from './rows';

class Source implements RowSource {
  beside: Entry[] = [];
  elsewhere: Entry[] | null = [];
  error: Error | null = null;
  searches = 0;
  reads: string[] = [];

  folder(): Promise<Listing> {
    return this.error === null
      ? Promise.resolve({ entries: this.beside, complete: true })
      : Promise.reject(this.error);
  }

  below(): Promise<Listing | null> {
    this.searches++;
    const { elsewhere } = this;
    return Promise.resolve(elsewhere && { entries: elsewhere, complete: false });
  }

  read({ name }: Entry) {
    this.reads.push(name);
    return Promise.resolve(entry(name, { title: 'read' }).row ?? assert.fail());
  }

  now(): number {
    return 0;
  }
}

function make() {
  const source = new Source();
  const time = { now: 0 };
  const restarts = { restartOf: () => null, restarted: new Signal<unknown, string>({}) };
  const model = new ListingModel(
    () => Promise.resolve(source),
    restarts,
    () => time.now
  );
  model.beside = 'kresume_runs';
  return { source, time, model };
}

const names = (entries: readonly Entry[]): string[] => entries.map(({ name }) => name);

test('a run beside the notebook is not listed again below the root', async () => {
  const { source, model } = make();
  assert.equal(model.section('beside').state, 'loading');
  source.beside = [entry('a-001')];
  source.elsewhere = [entry('a-001'), entry('b-001', { folder: 'x/kresume_runs/b-001' })];
  await model.refresh();
  assert.deepEqual(names(model.section('beside').entries), ['a-001']);
  assert.deepEqual(names(model.section('below').entries), ['b-001']);
  assert.equal(model.section('below').complete, false);
  model.dispose();
});

test('filter and order are applied, and the whole is told', async () => {
  const { source, model } = make();
  source.beside = [entry('b-001'), entry('a-001'), entry('c-001', { updated: 500 })];
  await model.refresh();
  assert.deepEqual(names(model.section('beside').entries), ['c-001', 'a-001', 'b-001']);
  model.order = 'name';
  model.filter = '-001';
  assert.deepEqual(names(model.section('beside').entries), ['a-001', 'b-001', 'c-001']);
  model.filter = 'b-0';
  assert.deepEqual(names(model.section('beside').entries), ['b-001']);
  assert.equal(model.section('beside').total, 3);
  model.dispose();
});

test('what is chosen stays chosen while it is there', async () => {
  const { source, model } = make();
  source.beside = [entry('a-001'), entry('b-001')];
  await model.refresh();
  let told = 0;
  model.changed.connect(() => told++);
  model.select(['kresume_runs/a-001', 'kresume_runs/b-001']);
  model.select(['kresume_runs/b-001', 'kresume_runs/a-001']);
  assert.equal(told, 1, 'the same choice is no news');
  source.beside = [entry('b-001')];
  await model.refresh();
  assert.deepEqual(names(model.selected), ['b-001']);
  model.dispose();
});

test('a failure is told, and what was known stays', async () => {
  const { source, model } = make();
  source.beside = [entry('a-001')];
  await model.refresh();
  source.error = new Error('the server is away');
  await assert.rejects(model.refresh());
  const { state, problem, entries } = model.section('beside');
  assert.deepEqual([state, problem, names(entries)], ['failed', 'the server is away', ['a-001']]);
  model.dispose();
});

test('without a search below the root, that is said', async () => {
  const { source, model } = make();
  source.elsewhere = null;
  await model.refresh();
  assert.equal(model.section('below').state, 'unavailable');
  model.dispose();
});

test('rows are read when they come into sight, each once until its run changes', async () => {
  const { source, model } = make();
  const unread = (name: string, changed = 1): Entry => ({ ...entry(name), changed, row: null });
  source.beside = Array.from({ length: 9 }, (_, index) => unread(`a-00${index}`));
  await model.refresh();
  const shown = model.section('beside').entries.slice(0, 3);
  model.show(shown);
  model.show(shown);
  await new Promise(resolve => setTimeout(resolve));
  assert.deepEqual(source.reads.sort(), names(shown).sort());
  assert.equal(model.section('beside').entries.filter(({ row }) => row !== null).length, 3);
  source.beside = [unread('a-000'), unread('a-001', 2)];
  await model.refresh();
  const rows = new Map(model.section('beside').entries.map(one => [one.name, one.row]));
  assert.equal(rows.get('a-000')?.title, 'read');
  assert.equal(rows.get('a-001'), null);
  model.dispose();
});
