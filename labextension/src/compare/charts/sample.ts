/** A short piece of a run's line, as its curves are drawn. */
import { element } from '../../ui/elements';
import type { Look, Shape } from './palette';

const MARKS: Record<Shape, string> = {
  circle: 'M11 2.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5z',
  square: 'M8.7 2.7h4.6v4.6h-4.6z',
  triangle: 'M11 2l3 5.4h-6z',
  down: 'M11 8l3-5.4h-6z',
  diamond: 'M11 1.6l3.4 3.4l-3.4 3.4l-3.4-3.4z',
  cross: 'M8.6 2.6l4.8 4.8M13.4 2.6l-4.8 4.8',
  plus: 'M11 2v6M8 5h6'
};

/** Empty. */
export function sample(): HTMLElement {
  const node = element('span', 'kr-CompareSample');
  node.setAttribute('aria-hidden', 'true');
  return node;
}

/**
 * Draw a line's look into a sample. As the picture behind it: a hundred drawings on a page, each with
 * a system of coordinates of its own, take the browser some milliseconds in every frame.
 */
export function drawSample(node: HTMLElement, look: Look): void {
  const picture = `url("data:image/svg+xml,${encodeURIComponent(drawing(look))}")`;
  if (node.style.backgroundImage !== picture) {
    node.style.backgroundImage = picture;
  }
}

function drawing({ colour, dash, shape }: Look): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="22" height="10" stroke="${colour}">` +
    `<path d="M0 5H22" stroke-width="2" stroke-dasharray="${dash.join(' ')}"/>` +
    `<path d="${MARKS[shape]}" stroke-width="1.2" fill="${colour}"/></svg>`
  );
}
