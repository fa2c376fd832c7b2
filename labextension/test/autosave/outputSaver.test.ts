import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Saved } from '../../src/autosave/outputSaver';
import { OutputSaver } from '../../src/autosave/outputSaver';

class Context implements Saved {
  readonly path = 'net.ipynb';
  isReady = true;
  model: { dirty: boolean; readOnly: boolean; collaborative?: boolean } = {
    dirty: true,
    readOnly: false
  };
  saves = 0;
  /** Called while a save is under way. */
  meanwhile = (): Promise<void> => Promise.resolve();
  private under = 0;

  async save(): Promise<void> {
    assert.equal(++this.under, 1, 'two saves at once');
    this.saves++;
    this.model.dirty = false;
    await this.meanwhile();
    this.under--;
  }
}

function keeping(context: Context): OutputSaver {
  return new OutputSaver(path => (path === context.path ? context : undefined));
}

test('saves follow one another, and only if there are changes still', async () => {
  const context = new Context();
  const keeper = keeping(context);
  await Promise.all([keeper.keep('net.ipynb'), keeper.keep('net.ipynb')]);
  assert.equal(context.saves, 1);
  const later: Promise<void>[] = [];
  context.model.dirty = true;
  context.meanwhile = async () => {
    if (later.length === 0) {
      context.model.dirty = true;
      later.push(keeper.keep('net.ipynb'));
    }
    await new Promise(setImmediate);
  };
  await keeper.keep('net.ipynb');
  await Promise.all(later);
  assert.equal(context.saves, 3);
});

test('saves that a person or the autosave asks for wait for those under way, too', async () => {
  const context = new Context();
  const keeper = keeping(context);
  keeper.queue(context);
  context.meanwhile = () => new Promise(setImmediate);
  await Promise.all([context.save(), keeper.keep('net.ipynb'), context.save()]);
  assert.ok(context.saves >= 2);
});

test('a save that fails does not hold up the next', async () => {
  const context = new Context();
  let failures = 1;
  context.save = () =>
    failures-- > 0 ? Promise.reject(new Error('disk full')) : Promise.resolve();
  keeping(context).queue(context);
  await assert.rejects(context.save(), /disk full/);
  await context.save();
});

test('what the server saves is not queued', () => {
  const context = new Context();
  context.model = { dirty: true, readOnly: false, collaborative: true };
  const { save } = context;
  keeping(context).queue(context);
  assert.equal(context.save, save);
});

test('what is read-only, shared, not ready or elsewhere is not saved', async () => {
  const context = new Context();
  const keeper = keeping(context);
  context.model = { dirty: true, readOnly: true };
  await keeper.keep('net.ipynb');
  context.model = { dirty: true, readOnly: false, collaborative: true };
  await keeper.keep('net.ipynb');
  context.model = { dirty: true, readOnly: false };
  context.isReady = false;
  await keeper.keep('net.ipynb');
  await keeper.keep('other.ipynb');
  assert.equal(context.saves, 0);
});

test('after a save that failed the next is made', async () => {
  const context = new Context();
  const keeper = keeping(context);
  context.save = () => Promise.reject(new Error('disk full'));
  await assert.rejects(keeper.keep('net.ipynb'), /disk full/);
  let saved = 0;
  context.save = () => {
    saved++;
    return Promise.resolve();
  };
  await keeper.keep('net.ipynb');
  assert.equal(saved, 1);
});
