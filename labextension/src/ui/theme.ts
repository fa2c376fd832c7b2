/** Colours of the charts, from the page's theme. */
import type { IDisposable } from '@lumino/disposable';

export interface Colours {
  text: string;
  grid: string;
  axis: string;
  training: string;
  trainingLight: string;
  /** Of the values behind a moving average. */
  trainingFaint: string;
  validation: string;
  validationFaint: string;
  rate: string;
  /** Of what went wrong: values that are no numbers, a process that is gone. */
  wrong: string;
  /** What the charts stand on. */
  ground: string;
  font: string;
}

/** Okabe and Ito's palette, told apart by colour-blind readers; the lighter ones on dark ground. */
const LIGHT = {
  training: '#0072b2',
  trainingLight: '#0072b259',
  trainingFaint: '#0072b22e',
  validation: '#d55e00',
  validationFaint: '#d55e0040',
  rate: '#007a5a',
  wrong: '#b3261e'
};
const DARK = {
  training: '#56b4e9',
  trainingLight: '#56b4e973',
  trainingFaint: '#56b4e938',
  validation: '#e69f00',
  validationFaint: '#e69f004d',
  rate: '#2fc397',
  wrong: '#ff8a80'
};

/** The colours where `node` stands. */
export function readColours(node: Element): Colours {
  const style = getComputedStyle(node);
  const read = (name: string, otherwise: string): string =>
    style.getPropertyValue(name).trim() || otherwise;
  const dark = pageIsDark();
  return {
    ...(dark ? DARK : LIGHT),
    text: read('--jp-ui-font-color2', dark ? '#bbb' : '#555'),
    grid: read('--jp-border-color3', dark ? '#333' : '#eee'),
    axis: read('--jp-border-color1', dark ? '#555' : '#bbb'),
    ground: read('--jp-layout-color1', dark ? '#111' : '#fff'),
    font: `11px ${read('--jp-ui-font-family', 'system-ui, sans-serif')}`
  };
}

/** Calls back when the theme changes, until disposed of. */
export function onThemeChange(callback: () => void): IDisposable {
  const observer = new MutationObserver(callback);
  observer.observe(document.body, {
    attributes: true,
    attributeFilter: ['data-jp-theme-light', 'data-jp-theme-name', 'data-vscode-theme-kind']
  });
  return {
    isDisposed: false,
    dispose: () => {
      observer.disconnect();
    }
  };
}

/** Whether the page is dark: as JupyterLab, VS Code or Colab say, or else the system. */
export function pageIsDark(): boolean {
  const { jpThemeLight, vscodeThemeKind } = document.body.dataset;
  if (jpThemeLight !== undefined) {
    return jpThemeLight === 'false';
  }
  const said = vscodeThemeKind ?? document.documentElement.getAttribute('theme');
  return said === null
    ? matchMedia('(prefers-color-scheme: dark)').matches
    : /dark|black/.test(said);
}
