/** Icons in JupyterLab's way: coloured by the theme. */
import { LabIcon } from '@jupyterlab/ui-components';

function icon(name: string, path: string): LabIcon {
  return new LabIcon({
    name: `kresume_nb:${name}`,
    svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><path class="jp-icon3" fill="#616161" d="${path}"/></svg>`
  });
}

/** Training runs: a loss that falls, and the point that it goes on from. */
export const runsIcon = icon(
  'runs',
  'M3 3H5V19H21V21H3zM7 5.5L8.8 4.6C10.2 10 12 12.6 15 13.6L14.4 15.5C10.6 14.3 8.4 11 7 5.5zM18.5 12.4A2.6 2.6 0 1 1 18.5 17.6A2.6 2.6 0 1 1 18.5 12.4z'
);

/** Two curves side by side. */
export const compareIcon = icon(
  'compare',
  'M3 3H5V19H21V21H3zM7 6L8.9 5.4C10 9.6 12.6 12 20 12.4V14.4C11.8 14 8.4 10.8 7 6zM7 12L8.7 11C10 13.6 13 15.6 20 15.9V17.9C12 17.6 8.6 15.2 7 12z'
);

/** A pin. */
export const pinIcon = icon(
  'pin',
  'M8 3H16V5L15 6V11L18 14V16H13V21L12 22L11 21V16H6V14L9 11V6L8 5z'
);

/** A broom over what is no longer needed. */
export const pruneIcon = icon(
  'prune',
  'M19.4 3L21 4.6L15.4 10.2L16.4 11.2L14.3 13.3L10.7 9.7L12.8 7.6L13.8 8.6zM9.6 10.8L13.2 14.4C12.6 18 10.6 20.4 7 21L3 17C5.4 16.6 7.6 14.6 9.6 10.8z'
);
