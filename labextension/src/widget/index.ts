/** The widget's code, as anywidget loads it (`kresume_nb/static/widget.js`). */
import { TimedState } from '../runs/clock';
import { RememberedChoices } from '../charts/remembered';
import { RunView } from '../panel/view';
import { extensionPresent } from '../runs/present';
import type { Channel } from './channel';
import { english } from './english';
import { frame } from './frame';
import { WidgetModel } from './model';
import { pageStorage } from './storage';

interface Lifecycle {
  initialize(options: { model: Channel }): () => void;
  render(options: { model: Channel; el: HTMLElement }): () => void;
}

/** Of each widget, whose views all show one model. */
export default function widget(): Lifecycle {
  let run: WidgetModel | null = null;
  const follow = (channel: Channel): WidgetModel =>
    (run ??= new WidgetModel(channel, () => new TimedState()));
  return {
    initialize: ({ model }) => {
      // Where the extension shows the run, this one most likely never comes into view.
      if (!extensionPresent()) {
        follow(model);
      }
      return () => run?.dispose();
    },
    render: ({ model, el }) => {
      const view = new RunView(follow(model), new RememberedChoices(pageStorage()), english);
      const remove = frame(el, view.node);
      return () => {
        view.dispose();
        remove();
      };
    }
  };
}
