import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

import { Frames } from '../../src/charts/frames';

/** A page whose frames pass when the test says so; charts take as long as they are said to. */
class Page {
  now = 0;
  readonly drawn: string[] = [];
  private asked: FrameRequestCallback | null = null;

  constructor() {
    mock.method(performance, 'now', () => this.now);
    Object.assign(globalThis, {
      requestAnimationFrame: (callback: FrameRequestCallback) => {
        this.asked = callback;
        return 1;
      },
      cancelAnimationFrame: () => {
        this.asked = null;
      }
    });
  }

  chart(name: string, milliseconds: number): Chart {
    return { name, milliseconds, isDisposed: false, dispose: () => undefined };
  }

  readonly draw = ({ name, milliseconds }: Chart): void => {
    this.drawn.push(name);
    this.now += milliseconds;
  };

  /** The charts that the next frame draws; null if none was asked for. */
  frame(late = 0): string | null {
    const { asked } = this;
    this.asked = null;
    this.drawn.length = 0;
    this.now = Math.ceil((this.now + 1) / 16) * 16;
    const began = this.now;
    this.now += late;
    asked?.(began);
    return asked === null ? null : this.drawn.join(' ');
  }
}

interface Chart {
  name: string;
  milliseconds: number;
  isDisposed: boolean;
  dispose: () => void;
}

test('a chart is drawn in a frame only if it is likely to fit with those before it', () => {
  const page = new Page();
  let done = 0;
  const frames = new Frames(page.draw, () => done++);
  frames.redraw([page.chart('a', 3), page.chart('b', 3), page.chart('c', 3), page.chart('d', 3)]);
  assert.equal(page.frame(), 'a b');
  assert.equal(done, 0);
  assert.equal(page.frame(), 'c d');
  assert.equal(done, 1);
  assert.equal(page.frame(), null);
});

test('one is drawn in a frame, however long it takes and however late the frame is', () => {
  const page = new Page();
  const frames = new Frames(page.draw);
  frames.redraw([page.chart('a', 40), page.chart('b', 1), page.chart('c', 1)]);
  assert.equal(page.frame(), 'a');
  assert.equal(page.frame(20), 'b');
  frames.redraw([page.chart('c', 2), page.chart('d', 2), page.chart('e', 2)]);
  assert.equal(page.frame(4), 'c d');
  assert.equal(page.frame(), 'e');
});

test('what is asked for anew takes the place of what still waits', () => {
  const page = new Page();
  const frames = new Frames(page.draw);
  const [a, b, gone] = [page.chart('a', 9), page.chart('b', 9), page.chart('gone', 9)];
  gone.isDisposed = true;
  frames.redraw([a, b]);
  assert.equal(page.frame(), 'a');
  frames.redraw([gone, a]);
  assert.equal(page.frame(), 'a');
  assert.equal(page.frame(), null);
  frames.redraw([a]);
  frames.dispose();
  assert.equal(page.frame(), null);
});
