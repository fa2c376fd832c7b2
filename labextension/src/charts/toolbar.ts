/** The controls above the charts of a run: shows choices, and tells which were made. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Range } from './axis';
import type { Choices, Zoom } from './choices';
import { AXES, moved, scaled, SCALES, SMOOTHINGS, withAxis, within } from './choices';
import { keepKeys } from '../ui/keys';
import { Radios } from '../ui/radios';

/** Each press shows half as much, or twice. */
const ZOOM = 2;
/** Of what is in sight. */
const PAN = 0.5;

/** What there is to choose for. */
export interface Offer {
  /** Whether a chart has a scale that can be logarithmic. */
  losses: boolean;
  /** Whether the times of steps are known. */
  times: boolean;
  /** The whole of the x axis. */
  extent: Range;
}

export class Toolbar {
  readonly node = document.createElement('div');
  private readonly axis: Radios<Choices['axis']>;
  private readonly scale: Radios<Choices['scale']>;
  private readonly smoothing: Radios<Choices['smoothing']>;
  private readonly zoomIn: HTMLButtonElement;
  /** What there is to do only while a part of the run is shown. */
  private readonly zoomed: HTMLButtonElement[];
  private choices: Choices | null = null;
  private extent: Range = [0, 1];

  constructor(
    private readonly onChoose: (choices: Choices) => void,
    trans: TranslationBundle
  ) {
    this.node.className = 'kr-Toolbar';
    this.node.setAttribute('role', 'group');
    this.node.setAttribute('aria-label', trans.__('How the charts are drawn'));
    const axes = {
      epoch: [trans.__('epoch'), trans.__('By epoch')],
      step: [trans.__('step'), trans.__('By step')],
      time: [
        trans.__('time'),
        trans.__('By training time; time between a kill and a resume is cut out')
      ]
    } as const;
    this.axis = new Radios(
      trans.__('x axis'),
      AXES.map(value => ({ value, label: axes[value][0], title: axes[value][1] })),
      axis => {
        this.choose(choices => withAxis(choices, axis));
      }
    );
    const scales = {
      linear: [trans.__('linear'), trans.__('Losses on a linear scale')],
      log: [trans.__('log'), trans.__('Losses on a logarithmic scale')]
    } as const;
    this.scale = new Radios(
      trans.__('loss'),
      SCALES.map(value => ({ value, label: scales[value][0], title: scales[value][1] })),
      scale => {
        this.choose(choices => ({ ...choices, scale }));
      }
    );
    this.smoothing = new Radios(
      trans.__('smoothing'),
      SMOOTHINGS.map(value => ({
        value,
        label: value === 0 ? trans.__('off') : String(value),
        title:
          value === 0
            ? trans.__('Every value as it is')
            : trans.__('Moving average; the weight of the past is %1', value)
      })),
      smoothing => {
        this.choose(choices => ({ ...choices, smoothing }));
      }
    );
    const zoomTo = (to: (zoom: Zoom | null, extent: Range) => Zoom | null) => () => {
      this.choose(choices => ({ ...choices, zoom: to(choices.zoom, this.extent) }));
    };
    this.zoomIn = button(
      'in',
      '+',
      trans.__('Zoom in; or drag over a chart'),
      zoomTo((zoom, extent) => scaled(zoom, extent, 1 / ZOOM))
    );
    this.zoomed = [
      button(
        'out',
        '−',
        trans.__('Zoom out'),
        zoomTo((zoom, extent) => scaled(zoom, extent, ZOOM))
      ),
      button(
        'back',
        '←',
        trans.__('Show what is before'),
        zoomTo((zoom, extent) => moved(zoom, extent, -PAN))
      ),
      button(
        'on',
        '→',
        trans.__('Show what comes after'),
        zoomTo((zoom, extent) => moved(zoom, extent, PAN))
      ),
      button(
        'reset',
        trans.__('reset zoom'),
        trans.__('Show all; or double-click a chart'),
        zoomTo(() => null)
      )
    ];
    const zoom = document.createElement('div');
    zoom.className = 'kr-Toolbar-zoom';
    zoom.setAttribute('role', 'group');
    zoom.setAttribute('aria-label', trans.__('zoom'));
    const name = document.createElement('span');
    name.textContent = trans.__('zoom');
    zoom.append(name, this.zoomIn, ...this.zoomed);
    this.node.append(this.axis.node, this.scale.node, this.smoothing.node, zoom);
  }

  /** Show what is chosen. */
  update(choices: Choices, { losses, times, extent }: Offer): void {
    this.choices = choices;
    this.extent = extent;
    this.axis.select(choices.axis);
    this.axis.offer('time', times);
    this.scale.select(choices.scale);
    this.scale.node.hidden = !losses;
    this.smoothing.select(choices.smoothing);
    const all = within(choices.zoom, extent) === null;
    if (all && this.zoomed.some(one => one === document.activeElement)) {
      this.zoomIn.focus();
    }
    for (const one of this.zoomed) {
      one.hidden = all;
    }
  }

  private choose(change: (choices: Choices) => Choices): void {
    if (this.choices !== null) {
      this.onChoose(change(this.choices));
    }
  }
}

function button(
  action: string,
  label: string,
  title: string,
  onClick: () => void
): HTMLButtonElement {
  const node = document.createElement('button');
  node.type = 'button';
  node.className = 'kr-Toolbar-button';
  node.dataset.zoom = action;
  node.textContent = label;
  node.title = title;
  node.setAttribute('aria-label', action === 'reset' ? label : title);
  node.addEventListener('click', onClick);
  keepKeys(node);
  return node;
}
