/** Small pictures, told apart by their shape alone. */

const SVG = 'http://www.w3.org/2000/svg';

/** Outlines on a field of 12 by 12. */
const SHAPES = {
  epoch: 'M6 2.2a3.8 3.8 0 1 0 0 7.6a3.8 3.8 0 1 0 0-7.6z',
  within: 'M6 1.4L10.6 6L6 10.6L1.4 6z',
  best: 'M6 0.6L7.6 4.2L11.5 4.6L8.6 7.2L9.4 11L6 9.1L2.6 11L3.4 7.2L0.5 4.6L4.4 4.2z',
  resumed: 'M3.2 1.6L10.4 6L3.2 10.4z',
  paused: 'M2.6 1.6H5V10.4H2.6zM7 1.6H9.4V10.4H7z',
  stopped:
    'M2.6 1.2L6 4.6L9.4 1.2L10.8 2.6L7.4 6L10.8 9.4L9.4 10.8L6 7.4L2.6 10.8L1.2 9.4L4.6 6L1.2 2.6z',
  rate: 'M1 9.5V8H4.5V4H11V5.5H6V9.5z',
  stop: 'M2.2 2.2H9.8V9.8H2.2z',
  play: 'M2.8 1.4L10.6 6L2.8 10.6z',
  finished: 'M1.6 6.2L3 4.8L4.9 6.7L9.1 2.4L10.5 3.8L4.9 9.5z',
  failed:
    'M2.6 1.2L6 4.6L9.4 1.2L10.8 2.6L7.4 6L10.8 9.4L9.4 10.8L6 7.4L2.6 10.8L1.2 9.4L4.6 6L1.2 2.6z',
  missing:
    'M4 4.2C4 2.4 8.4 2.2 8.4 4.6C8.4 6.2 6.8 6 6.8 7.4H5.3C5.3 5.4 6.8 5.6 6.8 4.7C6.8 3.8 5.5 3.9 5.5 4.6zM5.2 8.6H6.9V10.2H5.2z',
  pin: 'M3.6 0.8H8.4V2L7.6 2.8V5.6L9.6 7.4V8.4H6.7V11.4H5.3V8.4H2.4V7.4L4.4 5.6V2.8L3.6 2z',
  wait: 'M1.4 5.2H3V6.8H1.4zM5.2 5.2H6.8V6.8H5.2zM9 5.2H10.6V6.8H9z',
  save: 'M5.2 1H6.8V5.4H9.4L6 8.9L2.6 5.4H5.2zM1.4 9.6H10.6V11H1.4z'
} as const;

export type Glyph = keyof typeof SHAPES;

/** A picture in the colour of the text around it; screen readers pass over it. */
export function glyph(shape: Glyph): SVGSVGElement {
  const node = document.createElementNS(SVG, 'svg');
  node.setAttribute('viewBox', '0 0 12 12');
  node.setAttribute('class', 'kr-Glyph');
  node.setAttribute('aria-hidden', 'true');
  node.dataset.shape = shape;
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', SHAPES[shape]);
  node.append(path);
  return node;
}
