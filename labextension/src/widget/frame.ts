/** The panel's place in a front end that may know nothing of JupyterLab's colours. */
import uplot from 'uplot/dist/uPlot.min.css';

import base from '../../style/base.css';
import report from '../../style/report.css';
import plain from '../../style/widget.css';
import { onThemeChange, pageIsDark } from '../charts/theme';

/** Puts `panel` into `place`, with all of its style. Returns how to take it away. */
export function frame(place: HTMLElement, panel: HTMLElement): () => void {
  const style = document.createElement('style');
  style.textContent = [uplot, base, report, plain].join('\n');
  const node = document.createElement('div');
  node.className = 'kr-Widget';
  // The style stands within: front ends may show outputs in shadow trees.
  node.append(style, panel);
  place.append(node);
  const restyle = (): void => {
    delete node.dataset.ground;
    const themed = getComputedStyle(place).getPropertyValue('--jp-layout-color1').trim() !== '';
    if (!themed) {
      node.dataset.ground = pageIsDark() ? 'dark' : 'light';
    }
  };
  restyle();
  const theme = onThemeChange(restyle);
  return () => {
    theme.dispose();
    node.remove();
  };
}
