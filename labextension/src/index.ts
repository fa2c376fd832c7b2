import { askPlugin } from './ask/plugin';
import { bannerPlugin } from './banner/plugin';
import { panelPlugin } from './panel/plugin';
import { runsPlugin } from './runs/plugin';

export default [runsPlugin, panelPlugin, bannerPlugin, askPlugin];
