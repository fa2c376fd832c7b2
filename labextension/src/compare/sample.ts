/** A short piece of a run's line, as its curves are drawn. */
import type { Look, Shape } from './palette';

const SVG = 'http://www.w3.org/2000/svg';

const MARKS: Record<Shape, string> = {
  circle: 'M11 2.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5z',
  square: 'M8.7 2.7h4.6v4.6h-4.6z',
  triangle: 'M11 2l3 5.4h-6z',
  down: 'M11 8l3-5.4h-6z',
  diamond: 'M11 1.6l3.4 3.4l-3.4 3.4l-3.4-3.4z',
  cross: 'M8.6 2.6l4.8 4.8M13.4 2.6l-4.8 4.8',
  plus: 'M11 2v6M8 5h6'
};

/** Made, or drawn into `node`. */
export function sample(look?: Look, node?: SVGSVGElement): SVGSVGElement {
  const picture = node ?? emptySample();
  if (look !== undefined) {
    const [line, mark] = picture.children as unknown as [SVGElement, SVGElement];
    line.setAttribute('stroke', look.colour);
    line.setAttribute('stroke-dasharray', look.dash.join(' '));
    mark.setAttribute('d', MARKS[look.shape]);
    mark.setAttribute('stroke', look.colour);
    mark.setAttribute('fill', look.colour);
  }
  return picture;
}

function emptySample(): SVGSVGElement {
  const node = document.createElementNS(SVG, 'svg');
  node.setAttribute('viewBox', '0 0 22 10');
  node.setAttribute('class', 'kr-CompareSample');
  node.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(SVG, 'path');
  line.setAttribute('d', 'M0 5H22');
  line.setAttribute('stroke-width', '2');
  line.setAttribute('fill', 'none');
  const mark = document.createElementNS(SVG, 'path');
  mark.setAttribute('stroke-width', '1.2');
  node.append(line, mark);
  return node;
}
