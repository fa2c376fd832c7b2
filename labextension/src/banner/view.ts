/** The bar above a notebook whose training stopped: renders its model. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import type { BannerModel, Offer } from './model';

export class BannerView extends Widget {
  /** For what others add. */
  readonly slot = document.createElement('div');
  private readonly content = document.createElement('div');
  private readonly headline = document.createElement('div');
  private readonly detail = document.createElement('div');
  private readonly resume = button('kr-Banner-resume jp-mod-styled jp-mod-accept');
  private readonly startOver = button('kr-Banner-startOver jp-mod-styled');
  private readonly dismiss = button('kr-Banner-dismiss');

  constructor(
    private readonly model: BannerModel,
    trans: TranslationBundle
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
    buttons.append(this.slot, this.resume, this.startOver, this.dismiss);
    this.content.className = 'kr-Banner-content';
    this.content.append(words, buttons);
    this.node.append(this.content);
    this.resume.addEventListener('click', () => {
      void (model.offer?.state === 'failed' ? model.tryAgain() : model.resume());
    });
    this.startOver.addEventListener('click', () => {
      void model.startOver();
    });
    this.dismiss.addEventListener('click', () => {
      model.dismiss();
    });
    model.changed.connect(this.render, this);
    this.render();
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.model.changed.disconnect(this.render, this);
      super.dispose();
    }
  }

  protected override onResize(message: Widget.ResizeMessage): void {
    super.onResize(message);
    this.fitContent();
  }

  protected override onUpdateRequest(message: Message): void {
    super.onUpdateRequest(message);
    this.fitContent();
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
    this.update();
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
    this.resume.textContent = offer.resumeLabel;
    this.resume.hidden = !offer.canResume;
    this.resume.disabled = busy;
    this.startOver.hidden = !offer.canStartOver;
    this.startOver.disabled = busy;
  }
}

function button(name: string): HTMLButtonElement {
  const node = document.createElement('button');
  node.type = 'button';
  node.className = name;
  return node;
}
