/** Draws the charts of a page, as many in a frame as it has time for. */
import type { IDisposable } from '@lumino/disposable';

/** Half a frame: the page has other things to do in it. A run of a million steps takes some ms a chart. */
const FRAME_MS = 8;

export class Frames<Chart extends IDisposable> implements IDisposable {
  /** Charts that do not show yet what they should. */
  private waiting: Chart[] = [];
  private frame = 0;
  private disposed = false;

  /** `done` is called when all of them do. */
  constructor(
    private readonly draw: (chart: Chart) => void,
    private readonly done: () => void = () => undefined
  ) {}

  get isDisposed(): boolean {
    return this.disposed;
  }

  /** Draw these, and no others that may still wait. */
  redraw(charts: readonly Chart[]): void {
    this.waiting = [...charts];
    this.schedule();
  }

  dispose(): void {
    this.disposed = true;
    cancelAnimationFrame(this.frame);
  }

  private schedule(): void {
    if (this.frame !== 0 || this.disposed) {
      return;
    }
    this.frame = requestAnimationFrame(began => {
      this.frame = 0;
      let [spent, longest] = [performance.now() - began, 0];
      // One at least; another if it is likely to fit, going by those before it.
      do {
        const chart = this.waiting.shift();
        if (chart?.isDisposed === false) {
          this.draw(chart);
        }
        const now = performance.now() - began;
        longest = Math.max(longest, now - spent);
        spent = now;
      } while (this.waiting.length > 0 && spent + longest <= FRAME_MS);
      if (this.waiting.length > 0) {
        this.schedule();
      } else {
        this.done();
      }
    });
  }
}
