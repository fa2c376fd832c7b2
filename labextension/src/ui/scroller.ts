/** The place of a table that may be larger than it, and is then scrolled by itself. */
import { element } from './elements';

/**
 * The table in its place, which tells by `data-wide` whether it is too wide: its first column then
 * stays in sight. Not else, because cells that stick have layers that every frame of the page pays for.
 */
export function scroller(table: HTMLElement, label: string): HTMLElement {
  const node = element('div', 'kr-CompareTable-scroll');
  node.tabIndex = 0;
  node.setAttribute('role', 'group');
  node.setAttribute('aria-label', label);
  node.append(table);
  const observer = new ResizeObserver(() => {
    node.toggleAttribute('data-wide', table.offsetWidth > node.clientWidth);
  });
  observer.observe(node);
  observer.observe(table);
  return node;
}
