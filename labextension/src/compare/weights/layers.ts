/** Two checkpoints side by side, a row a layer; its variables and their histograms on demand. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { formatValue } from '../../ui/numbers';
import { keepKeys } from '../../ui/keys';
import { element } from '../../ui/elements';
import type { Changes, Histogram, WeightChange } from '../../protocol';
import type { Decoded } from '../../runs/values';
import { shareWords } from './shades';

const SVG = 'http://www.w3.org/2000/svg';

type Weights = Decoded<WeightChange>;

/** `histogram` reads how a variable's numbers are spread. */
export function layerTable(
  { layers, total }: Decoded<Changes>,
  histogram: (variable: string) => Promise<Decoded<Histogram>>,
  trans: TranslationBundle
): HTMLElement {
  const table = element('table', 'kr-CompareTable');
  const titles = [
    trans.__('layer'),
    trans.__('shape'),
    trans.__('norm, first'),
    trans.__('norm, second'),
    trans.__('relative change'),
    trans.__('cosine'),
    trans.__('changed'),
    trans.__('NaN or infinite'),
    trans.__('dead units')
  ];
  const head = element('tr', 'kr-CompareTable-head');
  head.append(
    ...titles.map((title, index) => {
      const cell = cellOf('th', title, index > 1);
      cell.scope = 'col';
      return cell;
    })
  );
  const thead = document.createElement('thead');
  thead.append(head);
  const tbody = document.createElement('tbody');
  for (const { label, path, weights, variables } of layers) {
    const row = element('tr', 'kr-CompareTable-row');
    const name = cellOf('th', '');
    name.scope = 'row';
    const button = element('button', 'kr-CompareTable-sort kr-CompareLayers-more');
    button.type = 'button';
    button.textContent = label;
    button.title = path;
    button.setAttribute('aria-expanded', 'false');
    keepKeys(button);
    name.append(button);
    const shapes = variables.map(({ shape }) => shapeWords(shape)).join(' ');
    row.append(name, cellOf('td', shapes), ...numbers(weights, trans));
    const inner = variables.map(({ path: variable, name: word, shape, dtype, weights: own }) => {
      const line = element('tr', 'kr-CompareTable-row kr-CompareLayers-variable');
      line.hidden = true;
      const title = cellOf('th', word);
      title.scope = 'row';
      const spread = element('button', 'kr-Toolbar-button');
      spread.type = 'button';
      spread.textContent = trans.__('histogram');
      spread.setAttribute('aria-label', trans.__('Histogram of %1', `${label} ${word}`));
      keepKeys(spread);
      title.append(spread);
      line.append(title, cellOf('td', `${shapeWords(shape)} ${dtype}`), ...numbers(own, trans));
      spread.addEventListener('click', () => {
        spread.disabled = true;
        const below = element('tr', 'kr-CompareLayers-histogram');
        const cell = element('td', 'kr-CompareTable-cell');
        cell.colSpan = titles.length;
        below.append(cell);
        line.after(below);
        cell.textContent = trans.__('Reading …');
        histogram(variable).then(
          found => {
            cell.replaceChildren(bars(found, trans));
          },
          (error: unknown) => {
            cell.textContent = error instanceof Error ? error.message : String(error);
          }
        );
      });
      return line;
    });
    button.addEventListener('click', () => {
      const open = button.getAttribute('aria-expanded') !== 'true';
      button.setAttribute('aria-expanded', String(open));
      for (const line of inner) {
        line.hidden = !open;
      }
    });
    tbody.append(row, ...inner);
  }
  const sum = element('tr', 'kr-CompareTable-row kr-mod-best');
  const all = cellOf('th', trans.__('all layers'));
  all.scope = 'row';
  sum.append(all, cellOf('td', ''), ...numbers(total, trans));
  const tfoot = document.createElement('tfoot');
  tfoot.append(sum);
  table.append(thead, tbody, tfoot);
  return table;
}

function numbers(weights: Weights, trans: TranslationBundle): HTMLElement[] {
  const { norm_a, norm_b, relative, cosine, changed, bad_a, bad_b, units, dead_a, dead_b } =
    weights;
  const two = (one: number, other: number): string =>
    one === other ? String(one) : `${one} → ${other}`;
  const cells = [
    formatValue(norm_a),
    formatValue(norm_b),
    shareWords(relative),
    formatValue(cosine),
    shareWords(changed),
    bad_a + bad_b === 0 ? '–' : two(bad_a, bad_b),
    units === 0 ? '–' : trans.__('%1 of %2', two(dead_a, dead_b), units)
  ].map(words => cellOf('td', words, true));
  cells[5]?.classList.toggle('kr-mod-broken', bad_b > 0);
  return cells;
}

function cellOf(tag: 'th' | 'td', words: string, number = false): HTMLTableCellElement {
  const cell = element(tag, 'kr-CompareTable-cell');
  cell.textContent = words;
  cell.classList.toggle('kr-mod-number', number);
  return cell;
}

function shapeWords(shape: readonly number[]): string {
  return shape.length === 0 ? '()' : shape.join('×');
}

/** The first above the line, the second below it. */
function bars({ edges, a, b }: Decoded<Histogram>, trans: TranslationBundle): HTMLElement {
  const place = element('div', 'kr-CompareBars');
  if (edges.length < 2) {
    place.textContent = trans.__('None of its numbers is finite.');
    return place;
  }
  const [width, half] = [360, 56];
  const most = Math.max(1, ...a, ...b);
  const picture = document.createElementNS(SVG, 'svg');
  picture.setAttribute('viewBox', `0 0 ${width} ${2 * half + 2}`);
  picture.setAttribute('width', String(width));
  picture.setAttribute('height', String(2 * half + 2));
  picture.setAttribute('role', 'img');
  const [from, to] = [formatValue(edges[0] ?? 0), formatValue(edges[edges.length - 1] ?? 0)];
  picture.setAttribute(
    'aria-label',
    trans.__('Numbers from %1 to %2; above the first checkpoint’s, below the second’s', from, to)
  );
  const step = width / a.length;
  for (const [counts, up] of [
    [a, true],
    [b, false]
  ] as const) {
    counts.forEach((count, index) => {
      const height = (half * count) / most;
      const bar = document.createElementNS(SVG, 'rect');
      bar.setAttribute('class', up ? 'kr-CompareBars-first' : 'kr-CompareBars-second');
      bar.setAttribute('x', String(index * step));
      bar.setAttribute('y', String(up ? half - height : half + 2));
      bar.setAttribute('width', String(Math.max(0.5, step - 1)));
      bar.setAttribute('height', String(height));
      picture.append(bar);
    });
  }
  const words = element('div', 'kr-Compare-remark');
  words.textContent = trans.__('%1 to %2 · above: first, below: second', from, to);
  place.append(picture, words);
  return place;
}
