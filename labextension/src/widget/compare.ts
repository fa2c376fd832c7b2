/** The code of a comparison's widget, as anywidget loads it (`kresume_nb/static/compare.js`). */
import style from '../../style/compare.css';
import { CompareModel } from '../compare/data/model';
import { CompareView } from '../compare/view';
import { list, text } from '../runs/values';
import type { Channel } from './channel';
import { KernelCompared } from './compared';
import { english } from './english';
import { frame } from './frame';

interface Lifecycle {
  render(options: { model: Channel; el: HTMLElement }): () => void;
}

const life: Lifecycle = {
  render: ({ model: channel, el }) => {
    const source = new KernelCompared(channel);
    const model = new CompareModel(list(text)(channel.get('folders')), {}, source);
    const view = new CompareView(model, { changes: source, actions: {} }, english);
    const remove = frame(el, view.node, style);
    return () => {
      view.dispose();
      model.dispose();
      source.dispose();
      remove();
    };
  }
};

export default life;
