import { askPlugin } from './ask/plugin';
import { autoPlugin, switchesPlugin } from './auto/plugin';
import { bannerPlugin } from './banner/plugin';
import { listingPlugin } from './listing/plugin';
import { comparePlugin } from './compare/lab/plugin';
import { keepPlugin } from './autosave/plugin';
import { panelPlugin } from './panel/plugin';
import { runsPlugin } from './plugins/runs';
import { tabsPlugin } from './listing/tabs';
import { settingsPlugin } from './plugins/settings';

export default [
  settingsPlugin,
  runsPlugin,
  keepPlugin,
  panelPlugin,
  bannerPlugin,
  askPlugin,
  listingPlugin,
  comparePlugin,
  switchesPlugin,
  tabsPlugin,
  autoPlugin
];
