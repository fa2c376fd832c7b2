import { askPlugin } from './ask/plugin';
import { autoPlugin, switchesPlugin } from './auto/plugin';
import { bannerPlugin } from './banner/plugin';
import { listingPlugin } from './listing/plugin';
import { comparePlugin } from './compare/plugin';
import { keepPlugin } from './keep/plugin';
import { panelPlugin } from './panel/plugin';
import { runsPlugin } from './runs/plugin';
import { tabsPlugin } from './listing/tabs';
import { settingsPlugin } from './settings/plugin';

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
