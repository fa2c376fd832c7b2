/** The bar above a notebook whose training stopped: renders its model. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import type { BannerModel } from './model';
import type { Offer } from './offer';
import { othersView } from './moreOptions';

export class BannerView extends Widget {
  private static count = 0;
  /** For what others add. */
  readonly slot = document.createElement('div');
  private readonly content = document.createElement('div');
  private readonly headline = document.createElement('div');
  private readonly detail = document.createElement('div');
  private readonly resume = button('kr-Banner-resume jp-mod-styled jp-mod-accept');
  private readonly goOn = button('kr-Banner-goOn jp-mod-styled');
  private readonly startOver = button('kr-Banner-startOver jp-mod-styled');
  private readonly more = button('kr-Banner-more jp-mod-styled');
  private readonly dismiss = button('kr-Banner-dismiss');

  private readonly choices = document.createElement('div');
  private readonly observer = new ResizeObserver(() => {
    this.fitContent();
  });
  private unfolded = '';

  /** `compare` shows runs side by side; null where nothing can. */
  constructor(
    private readonly model: BannerModel,
    private readonly trans: TranslationBundle,
    private readonly compare: () => ((folders: string[]) => void) | null
  ) {
    super();
    this.addClass('kr-Banner');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Training that can be resumed'));
    const words = document.createElement('div');
    words.className = 'kr-Banner-words';
    words.setAttribute('role', 'status');
    this.headline.className = 'kr-Banner-headline';
    this.detail.className = 'kr-Banner-detail';
    words.append(this.headline, this.detail);
    const buttons = document.createElement('div');
    buttons.className = 'kr-Banner-buttons';
    this.startOver.textContent = trans.__('Start over');
    this.dismiss.textContent = '✕';
    this.dismiss.title = trans.__('Dismiss');
    this.dismiss.setAttribute('aria-label', trans.__('Dismiss'));
    this.slot.className = 'kr-Banner-slot';
    this.goOn.textContent = trans.__('Go on from the next cell');
    this.more.textContent = trans.__('Other choices');
    this.choices.className = 'kr-Banner-others';
    this.choices.id = `kr-banner-others-${++BannerView.count}`;
    this.more.setAttribute('aria-controls', this.choices.id);
    buttons.append(this.slot, this.resume, this.goOn, this.startOver, this.more, this.dismiss);
    this.content.className = 'kr-Banner-content';
    this.content.append(words, buttons, this.choices);
    this.node.append(this.content);
    this.goOn.addEventListener('click', () => {
      void model.tryAgain(true);
    });
    this.more.addEventListener('click', () => {
      void this.unfold(this.unfolded === '');
    });
    this.node.addEventListener('keydown', event => {
      if (event.key === 'Escape' && this.unfolded !== '') {
        void this.unfold(false);
        this.more.focus();
      }
    });
    this.resume.addEventListener('click', () => {
      void (model.offer?.state === 'failed' ? model.tryAgain() : model.resume());
    });
    this.startOver.addEventListener('click', () => {
      void model.startOver();
    });
    this.dismiss.addEventListener('click', () => {
      model.dismiss();
    });
    this.observer.observe(this.content);
    model.changed.connect(this.render, this);
    this.render();
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.model.changed.disconnect(this.render, this);
      this.observer.disconnect();
      super.dispose();
    }
  }

  /** The notebook's header gives a widget its minimum height, whatever its content would need. */
  private fitContent(): void {
    const wanted = `${this.content.offsetHeight}px`;
    if (this.isVisible && this.node.style.minHeight !== wanted) {
      this.node.style.minHeight = wanted;
      this.parent?.fit();
    }
  }

  private render(): void {
    const { offer } = this.model;
    this.setHidden(offer === null);
    if (offer !== null) {
      this.fill(offer);
    } else {
      delete this.node.dataset.state;
      delete this.node.dataset.run;
    }
  }

  private fill(offer: Offer): void {
    this.node.dataset.run = offer.run;
    this.node.dataset.state = offer.state;
    const { busy } = offer;
    this.headline.textContent = offer.headline;
    this.headline.title = offer.headline;
    this.detail.textContent = offer.detail;
    this.detail.title = offer.detail;
    this.detail.hidden = offer.detail === '';
    if (busy || (this.unfolded !== '' && this.unfolded !== offer.run)) {
      void this.unfold(false);
    }
    this.more.hidden = busy;
    this.more.setAttribute('aria-expanded', String(this.unfolded !== ''));
    this.goOn.hidden = !offer.canGoOn;
    this.resume.textContent = offer.resumeLabel;
    this.resume.hidden = !offer.canResume;
    this.resume.disabled = busy;
    this.startOver.hidden = !offer.canStartOver;
    this.startOver.disabled = busy;
  }

  /** Show the other choices, read anew, or fold them away. */
  private async unfold(open: boolean): Promise<void> {
    const { offer } = this.model;
    this.unfolded = open && offer !== null ? offer.run : '';
    this.more.setAttribute('aria-expanded', String(this.unfolded !== ''));
    this.choices.replaceChildren();
    if (this.unfolded !== '' && offer !== null) {
      const read = await this.model.others().catch(() => null);
      if (read === null || this.unfolded !== offer.run || this.isDisposed) {
        return; // The server is away, and says so elsewhere; or the offer is another one.
      }
      const compare = read.comparable.length > 1 ? this.compare() : null;
      const view = othersView(
        { ...read, run: offer.run, canTrain: offer.canStartOver, canCompare: compare !== null },
        {
          fork: point => void this.model.resume({ checkpoint: point.checkpoint, fork: true }),
          load: point => {
            this.model.load(point);
          },
          compare: () => compare?.(read.comparable),
          forkForeign: run => void this.model.forkForeign(run)
        },
        this.trans
      );
      this.choices.replaceChildren(view);
    }
  }
}

function button(name: string): HTMLButtonElement {
  const node = document.createElement('button');
  node.type = 'button';
  node.className = name;
  return node;
}
