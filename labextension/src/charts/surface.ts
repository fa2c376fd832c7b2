/** The part of the page that a chart is drawn on: its size, whether it is in sight, its theme. */
import type { IDisposable } from '@lumino/disposable';
import type uPlot from 'uplot';

import { onThemeChange } from '../ui/theme';

/** Below this there is no room for a chart. */
const LEAST = 40;

export class Surface implements IDisposable {
  readonly node = document.createElement('div');
  private readonly observer: ResizeObserver;
  private readonly sight: IntersectionObserver;
  private readonly theme: IDisposable;
  private room: { width: number; height: number } | null = null;
  private seen = true;
  private frame = 0;
  private disposed = false;

  /**
   * `onResize` is called when the size changed, and when the surface comes into sight; `onRestyle`
   * in the first frame after a theme has changed: while themes are swapped the page has no layout to
   * draw in.
   */
  constructor(onResize: () => void, onRestyle: () => void) {
    this.node.className = 'kr-Chart-plot';
    this.node.setAttribute('role', 'img');
    this.observer = new ResizeObserver(() => {
      this.room = null;
      onResize();
    });
    this.observer.observe(this.node);
    this.sight = new IntersectionObserver(entries => {
      const before = this.seen;
      this.seen = entries[entries.length - 1]?.isIntersecting ?? true;
      if (this.seen && !before) {
        onResize();
      }
    });
    this.sight.observe(this.node);
    this.theme = onThemeChange(() => {
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(onRestyle);
    });
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  /** Whether somebody can see it; true until the page has told. */
  get inSight(): boolean {
    return this.seen;
  }

  /** In CSS pixels; null while the page gives no room to draw in. */
  get size(): { width: number; height: number } | null {
    // Asked for once a size: to ask makes the page lay out at once what was written since.
    this.room ??= {
      width: Math.floor(this.node.clientWidth),
      height: Math.floor(this.node.clientHeight)
    };
    return this.room.width < LEAST || this.room.height < LEAST ? null : this.room;
  }

  dispose(): void {
    if (this.disposed) {
      return;
    }
    this.disposed = true;
    cancelAnimationFrame(this.frame);
    this.observer.disconnect();
    this.sight.disconnect();
    this.theme.dispose();
  }
}

/** Show these data at that size. At once: by itself uPlot would paint after the frame's time was taken. */
export function refit(
  chart: uPlot,
  size: { width: number; height: number },
  data: uPlot.AlignedData
): void {
  chart.batch(() => {
    if (chart.width !== size.width || chart.height !== size.height) {
      chart.setSize(size);
    }
    chart.setData(data);
  });
}
