/** Import this first in a test of a DOM view: it puts happy-dom's window where a browser has it. */
import { Window } from 'happy-dom';

const window = new Window({ url: 'http://localhost/lab' });

/** What a view may take from the global scope; node's own globals (fetch, timers) stay node's. */
const provided = [
  'document',
  'navigator',
  'Node',
  'Element',
  'HTMLElement',
  'SVGElement',
  'Event',
  'CustomEvent',
  'MouseEvent',
  'KeyboardEvent',
  'MutationObserver',
  'ResizeObserver',
  'IntersectionObserver',
  'getComputedStyle',
  'matchMedia',
  'requestAnimationFrame',
  'cancelAnimationFrame',
  'devicePixelRatio'
] as const;

Object.defineProperty(globalThis, 'window', { value: window, configurable: true });
for (const name of provided) {
  const value: unknown = Reflect.get(window, name);
  // Functions are called with no `this` in a browser; classes stay themselves, for `instanceof`.
  const isMethod = typeof value === 'function' && /^[a-z]/.test(name);
  Object.defineProperty(globalThis, name, {
    value: isMethod ? (value.bind(window) as unknown) : value,
    configurable: true,
    writable: true
  });
}
