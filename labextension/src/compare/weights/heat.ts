/** Layers over the kept checkpoints of a run: how much each moved, told by shade and by number. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { keepKeys } from '../../ui/keys';
import { element } from '../../ui/elements';
import type { ChangeSeries } from '../../protocol';
import type { Decoded } from '../../runs/values';
import { shadeOf, shareWords, span } from './shades';

/** With more columns numbers have no room: they are told when pointed at. */
const NUMBERED = 14;
/** Percent of the colour: with more of it the numbers could not be read on it, light or dark. */
const STRONGEST = 60;

/** `choose` is called with the place of the checkpoint that a step begins at. */
export function heatStrip(
  series: Decoded<ChangeSeries>,
  choose: (from: number) => void,
  trans: TranslationBundle
): HTMLElement {
  const { layers, positions, files } = series;
  const steps = Math.max(0, files.length - 1);
  const range = span(layers.flatMap(({ relative }) => relative));
  const table = element('table', 'kr-CompareTable kr-CompareHeat');
  table.classList.toggle('kr-mod-numbered', steps <= NUMBERED);
  const caption = element('caption', 'kr-Compare-said');
  caption.textContent = trans.__('Relative change of each layer between kept checkpoints');
  const head = element('tr', 'kr-CompareTable-head');
  const corner = element('th', 'kr-CompareTable-cell');
  corner.scope = 'col';
  corner.textContent = trans.__('layer');
  head.append(corner);
  for (let step = 0; step < steps; step++) {
    const cell = element('th', 'kr-CompareTable-cell kr-mod-number');
    cell.scope = 'col';
    const button = element('button', 'kr-CompareTable-sort');
    button.type = 'button';
    const [from, to] = [nameAt(positions, step), nameAt(positions, step + 1)];
    button.textContent = steps <= NUMBERED ? `${from}→${to}` : to;
    button.title = trans.__('From after epoch %1 to after epoch %2: show the layers', from, to);
    button.setAttribute('aria-label', button.title);
    button.addEventListener('click', () => {
      choose(step);
    });
    keepKeys(button);
    cell.append(button);
    head.append(cell);
  }
  const thead = document.createElement('thead');
  thead.append(head);
  const tbody = document.createElement('tbody');
  tbody.append(
    ...layers.map(({ label, path, relative, bad, dead, units }) => {
      const row = element('tr', 'kr-CompareTable-row');
      const name = element('th', 'kr-CompareTable-cell');
      name.scope = 'row';
      name.textContent = label;
      name.title = path;
      row.append(name);
      for (let step = 0; step < steps; step++) {
        const value = relative[step] ?? NaN;
        const cell = element('td', 'kr-CompareTable-cell kr-CompareHeat-cell');
        const broken = (bad[step + 1] ?? 0) > 0;
        cell.textContent = broken ? '✕' : shareWords(value);
        cell.classList.toggle('kr-mod-broken', broken);
        cell.style.setProperty('--kr-heat', `${Math.round(shadeOf(value, range) * STRONGEST)}%`);
        const words = [trans.__('%1: moved by %2 of its norm', label, shareWords(value))];
        if (broken) {
          words.push(
            trans._n(
              '%1 weight is NaN or infinite',
              '%1 weights are NaN or infinite',
              bad[step + 1] ?? 0
            )
          );
        }
        if ((dead[step + 1] ?? 0) > 0) {
          words.push(trans.__('%1 of %2 units are dead', dead[step + 1], units));
        }
        cell.title = words.join('\n');
        cell.addEventListener('click', () => {
          choose(step);
        });
        row.append(cell);
      }
      return row;
    })
  );
  table.append(caption, thead, tbody);
  return table;
}

function nameAt(positions: readonly { epoch: number; batch: number }[], index: number): string {
  const { epoch, batch } = positions[index] ?? { epoch: 0, batch: 0 };
  return batch === 0 ? String(epoch) : `${epoch}+`;
}
