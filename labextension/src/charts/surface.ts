/** The part of the page that a chart is drawn on: its size, and when the theme changes under it. */
import type { IDisposable } from '@lumino/disposable';

import { onThemeChange } from './theme';

/** Below this there is no room for a chart. */
const LEAST = 40;

export class Surface implements IDisposable {
  readonly node = document.createElement('div');
  private readonly observer: ResizeObserver;
  private readonly theme: IDisposable;
  private frame = 0;
  private disposed = false;

  /**
   * `onResize` is called when the size changed; `onRestyle` in the first frame after a theme has:
   * while themes are swapped the page has no layout to draw in.
   */
  constructor(onResize: () => void, onRestyle: () => void) {
    this.node.className = 'kr-Chart-plot';
    this.node.setAttribute('role', 'img');
    this.observer = new ResizeObserver(onResize);
    this.observer.observe(this.node);
    this.theme = onThemeChange(() => {
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(onRestyle);
    });
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  /** In CSS pixels; null while the page gives no room to draw in. */
  get size(): { width: number; height: number } | null {
    const width = Math.floor(this.node.clientWidth);
    const height = Math.floor(this.node.clientHeight);
    return width < LEAST || height < LEAST ? null : { width, height };
  }

  dispose(): void {
    if (this.disposed) {
      return;
    }
    this.disposed = true;
    cancelAnimationFrame(this.frame);
    this.observer.disconnect();
    this.theme.dispose();
  }
}
