/** The panel's place in a front end that may know nothing of JupyterLab's colours. */
import uplot from 'uplot/dist/uPlot.min.css';

import charts from '../../style/charts.css';
import chooser from '../../style/chooser.css';
import controls from '../../style/controls.css';
import field from '../../style/field.css';
import legend from '../../style/legend.css';
import panel from '../../style/panel.css';
import report from '../../style/report.css';
import strip from '../../style/strip.css';
import toolbar from '../../style/toolbar.css';
import plain from '../../style/widget.css';
import { onThemeChange, pageIsDark } from '../ui/theme';

const STYLE = [
  uplot,
  panel,
  controls,
  field,
  toolbar,
  chooser,
  charts,
  legend,
  strip,
  report,
  plain
];

/** Puts a panel into `place`, with all of its style and `more`. Returns how to take it away. */
export function frame(place: HTMLElement, shown: HTMLElement, more = ''): () => void {
  const style = document.createElement('style');
  style.textContent = [...STYLE, more].join('\n');
  const node = document.createElement('div');
  node.className = 'kr-Widget';
  // The style stands within: front ends may show outputs in shadow trees.
  node.append(style, shown);
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
