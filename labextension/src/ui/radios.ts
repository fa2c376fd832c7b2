/** A choice of one among a few: radio buttons that look like one small control. */

import { keepKeys } from './keys';

interface Choice<Value> {
  value: Value;
  label: string;
  title: string;
}

export class Radios<Value extends string | number> {
  /** A form of its own, so that the radio buttons of another panel are another group. */
  readonly node = document.createElement('form');
  private readonly inputs = new Map<Value, HTMLInputElement>();

  constructor(name: string, choices: Choice<Value>[], onChoose: (value: Value) => void) {
    this.node.addEventListener('submit', event => {
      event.preventDefault(); // Enter would leave the page.
    });
    const group = document.createElement('div');
    group.className = 'kr-Choice';
    group.setAttribute('role', 'radiogroup');
    group.setAttribute('aria-label', name);
    const title = document.createElement('span');
    title.className = 'kr-Choice-name';
    title.textContent = name;
    const list = document.createElement('span');
    list.className = 'kr-Choice-list';
    list.append(
      ...choices.map(({ value, label, title: hint }) => {
        const item = document.createElement('label');
        item.className = 'kr-Choice-item';
        item.title = hint;
        const input = document.createElement('input');
        input.type = 'radio';
        input.name = 'choice';
        input.value = String(value);
        input.addEventListener('change', () => {
          onChoose(value);
        });
        const word = document.createElement('span');
        word.textContent = label;
        keepKeys(input);
        item.append(input, word);
        this.inputs.set(value, input);
        return item;
      })
    );
    group.append(title, list);
    this.node.append(group);
  }

  select(value: Value): void {
    const input = this.inputs.get(value);
    if (input !== undefined) {
      input.checked = true;
    }
  }

  /** Whether a value can be chosen. */
  offer(value: Value, possible: boolean): void {
    const input = this.inputs.get(value);
    if (input !== undefined) {
      input.disabled = !possible;
    }
  }
}
