/** A small menu at a point of the page. */
import { keepKeys } from './keys';
import { element } from './elements';

export interface MenuItem {
  label: string;
  title?: string;
  action: () => void;
}

export class PointMenu {
  readonly node = element('div', 'kr-CompareMenu');
  private readonly title = element('div', 'kr-CompareMenu-title');
  private readonly list = element('div', 'kr-CompareMenu-list');
  private before: Element | null = null;

  constructor() {
    this.node.hidden = true;
    this.list.setAttribute('role', 'menu');
    this.node.append(this.title, this.list);
    this.node.addEventListener('keydown', event => {
      this.onKey(event);
    });
    this.node.addEventListener('focusout', event => {
      const to = event.relatedTarget;
      if (!(to instanceof window.Node && this.node.contains(to))) {
        this.close();
      }
    });
  }

  /** Open it there, in CSS pixels from the window's corner; `words` say what it is about. */
  open(words: readonly string[], items: readonly MenuItem[], left: number, top: number): void {
    const { node } = this;
    this.before = document.activeElement;
    this.title.replaceChildren(
      ...words.map(line => {
        const row = element('div', 'kr-CompareMenu-line');
        row.textContent = line;
        return row;
      })
    );
    this.list.setAttribute('aria-label', words.join(', '));
    this.list.replaceChildren(...items.map(item => this.item(item)));
    node.hidden = false;
    const around = node.offsetParent ?? document.body;
    const frame = around.getBoundingClientRect();
    const x = Math.min(left - frame.left, around.clientWidth - node.offsetWidth - 8);
    const y = top - frame.top + 8;
    const over = top + node.offsetHeight + 16 > window.innerHeight;
    node.style.left = `${Math.max(4, x)}px`;
    node.style.top = `${Math.max(4, over ? y - node.offsetHeight - 16 : y)}px`;
    this.list.querySelector('button')?.focus();
  }

  close(): void {
    if (this.node.hidden) {
      return;
    }
    const within = this.node.contains(document.activeElement);
    this.node.hidden = true;
    if (within && this.before instanceof HTMLElement) {
      this.before.focus();
    }
  }

  private item({ label, title, action }: MenuItem): HTMLButtonElement {
    const button = element('button', 'kr-CompareMenu-item');
    button.type = 'button';
    button.setAttribute('role', 'menuitem');
    button.textContent = label;
    button.title = title ?? '';
    button.tabIndex = -1;
    button.addEventListener('click', () => {
      this.close();
      action();
    });
    keepKeys(button);
    return button;
  }

  private onKey(event: KeyboardEvent): void {
    const buttons = [...this.list.querySelectorAll('button')];
    const at = buttons.findIndex(one => one === document.activeElement);
    const to: Record<string, number> = {
      ArrowDown: (at + 1) % buttons.length,
      ArrowUp: (at - 1 + buttons.length) % buttons.length,
      Home: 0,
      End: buttons.length - 1
    };
    const wanted = to[event.key];
    if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    } else if (wanted !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      buttons[wanted]?.focus();
    }
  }
}
