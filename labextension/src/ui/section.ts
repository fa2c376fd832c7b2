/** A part of the comparison under a heading, which can be closed. */
import { keepKeys } from './keys';
import { element } from './elements';

export class Section {
  readonly node = element('details', 'kr-Compare-section');
  readonly body = element('div', 'kr-Compare-body');
  private readonly hint = element('span', 'kr-Compare-hint');

  constructor(name: string, title: string, open = true) {
    this.node.dataset.section = name;
    this.node.open = open;
    const summary = element('summary', 'kr-Compare-summary');
    const heading = element('h3', 'kr-Compare-heading');
    heading.textContent = title;
    summary.append(heading, this.hint);
    keepKeys(summary);
    this.node.append(summary, this.body);
  }

  /** A few words beside the heading. */
  set note(words: string) {
    this.hint.textContent = words;
  }
}
