import '../require';

import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

import type { Control } from '../../src/protocol';
import { RunState } from '../../src/runs/fold';
import { RequestError } from '../../src/runs/requests';
import type { Channel } from '../../src/widget/channel';
import { WidgetModel } from '../../src/widget/model';
import { at, control, end, header, start, steps } from '../events';

const text = (event: object): string => JSON.stringify(event);
const RUN = [start(), steps(1, 1, [3, 2]), steps(1, 3, [1])].map(text);

/** A kernel's side of a widget. */
class Kernel implements Channel {
  state = new Map<string, unknown>([
    ['name', 'mnist-001'],
    ['folder', '/home/me/kresume_runs/mnist-001'],
    ['header', text(header())],
    ['head', []]
  ]);
  received: Record<string, unknown>[] = [];
  private readonly callbacks = new Map<string, (message: unknown) => void>();

  get(name: string): unknown {
    return this.state.get(name);
  }

  on(event: string, callback: (message: unknown) => void): void {
    this.callbacks.set(event, callback);
  }

  off(event: string): void {
    this.callbacks.delete(event);
  }

  send(message: object): void {
    this.received.push(JSON.parse(text(message)) as Record<string, unknown>);
  }

  say(message: unknown): void {
    this.callbacks.get('msg:custom')?.(message);
  }

  lines(first: number, lines: string[], alive = true): void {
    this.say({ type: 'lines', first, lines, alive });
  }

  head(lines: string[]): void {
    this.state.set('head', lines);
    this.callbacks.get('change:head')?.(lines);
  }

  get listening(): number {
    return this.callbacks.size;
  }

  /** The answer to the last message. */
  heard(taken = true): void {
    const last = this.received[this.received.length - 1] ?? {};
    const id = last.id ?? (last.control as Control).id;
    this.say({ type: 'heard', id, taken });
  }
}

let kernel: Kernel;
let models: WidgetModel[];

function opened(): WidgetModel {
  const model = new WidgetModel(kernel, () => new RunState());
  models.push(model);
  return model;
}

beforeEach(() => {
  mock.timers.enable({ apis: ['setInterval', 'Date'], now: 1_000_000 });
  kernel = new Kernel();
  models = [];
});

afterEach(() => {
  for (const model of models) {
    model.dispose();
  }
  mock.timers.reset();
});

const losses = (model: WidgetModel): number[] => [
  ...(model.state.steps.metrics.get('loss')?.values ?? [])
];

test('a run is followed from the widget’s state into messages', () => {
  kernel.state.set('head', RUN.slice(0, 2));
  const model = opened();
  assert.deepEqual(losses(model), [3, 2]);
  assert.equal(model.header?.name, 'mnist-001');
  assert.deepEqual(kernel.received, [{ type: 'reopen', id: 'open-1', first: 2 }]);
  kernel.head(RUN);
  assert.deepEqual(losses(model), [3, 2, 1]);
  kernel.lines(3, [text(steps(1, 4, [0.5])), '']);
  kernel.lines(5, [text(end('finished', at(1, 0, 10)))], false);
  assert.deepEqual(losses(model), [3, 2, 1, 0.5]);
  assert.equal(model.status, 'finished');
  assert.equal(model.torn, 0);
});

test('what is told twice is taken once', () => {
  const model = opened();
  kernel.lines(0, RUN.slice(0, 2));
  kernel.lines(0, RUN);
  kernel.lines(1, RUN.slice(1));
  assert.deepEqual(losses(model), [3, 2, 1]);
});

test('what was missed is asked for once, and shown as far as it goes meanwhile', () => {
  kernel.state.set('head', RUN.slice(0, 1));
  const model = opened();
  kernel.lines(2, RUN.slice(2));
  kernel.lines(3, [text(steps(1, 4, [0.5]))]);
  assert.deepEqual(losses(model), [1, 0.5]);
  assert.deepEqual(
    kernel.received.map(message => message.first),
    [1, 0]
  );
  kernel.lines(0, RUN.slice(0, 2));
  kernel.lines(2, [...RUN.slice(2), text(steps(1, 4, [0.5]))]);
  assert.deepEqual(losses(model), [3, 2, 1, 0.5]);
  assert.equal(kernel.received.length, 2);
});

test('lines that hold no record are counted, messages that are none passed over', () => {
  const model = opened();
  for (const message of [null, 7, {}, { type: 'lines', first: 'x' }, { type: 'new' }]) {
    kernel.say(message);
  }
  kernel.head(7 as never);
  kernel.lines(0, [...RUN, '{"type":"ste']);
  assert.equal(model.torn, 1);
  assert.deepEqual(losses(model), [3, 2, 1]);
});

test('a kernel that falls silent is gone, until it speaks again', () => {
  kernel.state.set('head', RUN);
  const model = opened();
  let told = 0;
  model.changed.connect(() => told++);
  mock.timers.tick(9_000);
  kernel.lines(3, []);
  mock.timers.tick(9_000);
  assert.equal(model.status, 'running');
  mock.timers.tick(3_000);
  assert.equal(model.status, 'stopped');
  const before = told;
  kernel.lines(3, []);
  assert.equal(model.status, 'running');
  assert.equal(told, before + 1);
});

test('a run whose process is gone is said to be stopped', () => {
  kernel.state.set('head', RUN);
  const model = opened();
  kernel.lines(3, [], false);
  assert.equal(model.status, 'stopped');
});

test('a kernel that reads no messages while a cell runs is said to be late', () => {
  kernel.state.set('head', RUN);
  const model = opened();
  assert.equal(model.late, false);
  mock.timers.tick(3_000);
  assert.equal(model.late, true);
  kernel.heard();
  assert.equal(model.late, false);
  mock.timers.tick(3_000);
  assert.equal(model.late, false);
});

test('a kernel that has not heard is asked again some times, and no more once it has', () => {
  opened();
  mock.timers.tick(60_000);
  assert.deepEqual(
    kernel.received.map(message => message.type),
    Array.from({ length: 4 }, () => 'reopen')
  );
  kernel = new Kernel();
  opened();
  mock.timers.tick(3_000);
  assert.equal(kernel.received.length, 2);
  kernel.heard();
  mock.timers.tick(60_000);
  assert.equal(kernel.received.length, 2);
});

test('a request is a message, and the journal answers it', async () => {
  kernel.state.set('head', RUN);
  const model = opened();
  const answer = model.send('learning_rate', 0.5);
  const wish = kernel.received[1] as unknown as { type: string; control: Control };
  assert.deepEqual(
    [wish.type, wish.control.action, wish.control.value],
    ['wish', 'learning_rate', 0.5]
  );
  kernel.heard();
  assert.equal(model.asked.length, 1);
  const told = control('learning_rate', at(0, 3, 3), { id: wish.control.id, value: 0.5 });
  kernel.lines(3, [text(told)]);
  assert.deepEqual(await answer, told);
  assert.equal(model.asked.length, 0);
});

test('a request that no training took, or that a dead kernel cannot answer, is told', async () => {
  kernel.state.set('head', RUN);
  const model = opened();
  const ended = (error: unknown): boolean =>
    error instanceof RequestError && error.kind === 'ended';
  const refused = assert.rejects(model.send('pause'), ended);
  kernel.heard(false);
  await refused;
  const lost = assert.rejects(model.send('pause'), ended);
  mock.timers.tick(12_000);
  await lost;
});

test('a disposed model listens no more', () => {
  opened().dispose();
  assert.equal(kernel.listening, 0);
});
