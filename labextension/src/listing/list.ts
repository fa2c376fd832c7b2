/** A section of the list: draws the rows in sight, and is moved through by keys. No I/O. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import { element, setText } from '../ui/elements';
import type { Entry } from './entry';
import type { ListingModel, SectionName } from './model';
import { RowView } from './row';
import type { Retention } from './messages';

/** In CSS pixels, as `listing.css` has it. */
export const ROW_HEIGHT = 66;

/** Rows drawn beyond either edge. */
const MARGIN = 4;

export interface ListOptions {
  model: ListingModel;
  section: SectionName;
  label: string;
  /** What stands in the place of rows; empty if nothing has to. */
  note: () => string;
  retention: () => Retention;
  /** In the server's clock. */
  now: () => number;
  open: (folder: string) => void;
  trans: TranslationBundle;
}

let made = 0;

export class RunList extends Widget {
  private readonly note = element('div', 'kr-Runs-note');
  private readonly list = element('div', 'kr-Runs-rows');
  private readonly rows = new Map<string, RowView>();
  private entries: readonly Entry[] = [];
  /** The run that the keyboard's focus is on, or comes to. */
  private active: string | null = null;
  /** Where a range that is chosen with Shift begins. */
  private anchor: string | null = null;
  private readonly id_ = `kr-Runs-${++made}`;
  private readonly observer = new ResizeObserver(() => {
    this.draw();
  });

  constructor(private readonly options: ListOptions) {
    super();
    this.addClass('kr-Runs-list');
    this.note.setAttribute('role', 'status');
    this.list.setAttribute('role', 'listbox');
    this.list.setAttribute('aria-multiselectable', 'true');
    this.list.setAttribute('aria-label', options.label);
    this.node.append(this.note, this.list);
    this.list.addEventListener('keydown', event => {
      this.onKey(event);
    });
    this.list.addEventListener('click', event => {
      this.onClick(event);
    });
    this.list.addEventListener('dblclick', event => {
      const folder = folderAt(event);
      if (folder !== null) {
        options.open(folder);
      }
    });
    this.list.addEventListener('contextmenu', event => {
      this.onContextMenu(event);
    });
    this.list.addEventListener('focusin', event => {
      this.active = folderAt(event) ?? this.active;
    });
    this.node.addEventListener('scroll', () => {
      this.draw();
    });
    options.model.changed.connect(this.refresh, this);
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.observer.disconnect();
      this.options.model.changed.disconnect(this.refresh, this);
      super.dispose();
    }
  }

  /** Draw anew what the model holds now. */
  refresh(): void {
    const { model, section } = this.options;
    const hadFocus = this.list.contains(document.activeElement);
    this.entries = model.section(section).entries;
    if (!this.entries.some(entry => entry.folder === this.active)) {
      this.active = this.entries[0]?.folder ?? null;
    }
    const note = this.options.note();
    setText(this.note, note);
    this.note.hidden = note === '';
    this.list.hidden = this.entries.length === 0;
    this.list.style.height = `${this.entries.length * ROW_HEIGHT}px`;
    this.draw();
    if (hadFocus && this.active !== null && !this.list.contains(document.activeElement)) {
      this.rows.get(this.active)?.node.focus({ preventScroll: true });
    }
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.observer.observe(this.node);
    this.refresh();
  }

  protected override onBeforeDetach(message: Message): void {
    this.observer.disconnect();
    super.onBeforeDetach(message);
  }

  private draw(): void {
    const { model, retention, now } = this.options;
    const { entries } = this;
    const top = Math.max(0, this.node.scrollTop - this.list.offsetTop);
    const first = Math.max(0, Math.floor(top / ROW_HEIGHT) - MARGIN);
    const last = Math.ceil((top + this.node.clientHeight) / ROW_HEIGHT) + MARGIN;
    const total = entries.length;
    const drawn = new Set<string>();
    const shown: Entry[] = [];
    entries.forEach((entry, index) => {
      const active = entry.folder === this.active;
      const inSight = index >= first && index < last;
      if (!inSight && !active) {
        return;
      }
      if (inSight) {
        shown.push(entry);
      }
      drawn.add(entry.folder);
      const view = this.rowOf(entry.folder);
      view.node.style.transform = `translateY(${index * ROW_HEIGHT}px)`;
      view.update(entry, {
        status: model.status(entry),
        selected: model.selection.has(entry.folder),
        active,
        index,
        total,
        now: now(),
        retention: retention()
      });
    });
    for (const [folder, view] of this.rows) {
      if (!drawn.has(folder)) {
        view.node.remove();
        this.rows.delete(folder);
      }
    }
    model.show(shown);
  }

  private rowOf(folder: string): RowView {
    let view = this.rows.get(folder);
    if (view === undefined) {
      view = new RowView(`${this.id_}-${++made}`, this.options.trans);
      this.rows.set(folder, view);
      this.list.append(view.node);
    }
    return view;
  }

  private onClick(event: MouseEvent): void {
    const folder = folderAt(event);
    if (folder === null) {
      return;
    }
    this.focusOn(folder);
    if (event.shiftKey) {
      this.chooseRange(folder);
    } else if (event.ctrlKey || event.metaKey) {
      this.toggle(folder);
    } else {
      this.choose(folder);
    }
  }

  /** What a menu is opened on is what it acts on. */
  private onContextMenu(event: MouseEvent): void {
    const folder = folderAt(event);
    if (folder !== null && !this.options.model.selection.has(folder)) {
      this.focusOn(folder);
      this.choose(folder);
    }
  }

  private onKey(event: KeyboardEvent): void {
    const { model, open } = this.options;
    const at = this.entries.findIndex(entry => entry.folder === this.active);
    const page = Math.max(1, Math.floor(this.node.clientHeight / ROW_HEIGHT) - 1);
    const last = this.entries.length - 1;
    const accel = event.ctrlKey || event.metaKey;
    const moves: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: last
    };
    const to = moves[event.key];
    if (to !== undefined) {
      const folder = this.entries[Math.min(last, Math.max(0, to))]?.folder;
      if (folder !== undefined) {
        this.focusOn(folder);
        if (event.shiftKey) {
          this.chooseRange(folder);
        } else if (!accel) {
          this.choose(folder);
        }
      }
    } else if (event.key === 'Enter' && this.active !== null) {
      open(this.active);
    } else if (event.key === ' ' && this.active !== null) {
      this.toggle(this.active);
    } else if (accel && event.key.toLowerCase() === 'a') {
      model.select(this.entries.map(entry => entry.folder));
    } else if (event.key === 'Escape') {
      model.select([]);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  private choose(folder: string): void {
    this.anchor = folder;
    this.options.model.select([folder]);
  }

  private toggle(folder: string): void {
    const chosen = new Set(this.options.model.selection);
    if (!chosen.delete(folder)) {
      chosen.add(folder);
    }
    this.anchor = folder;
    this.options.model.select(chosen);
  }

  private chooseRange(folder: string): void {
    const index = (of: string | null): number =>
      this.entries.findIndex(entry => entry.folder === of);
    const [from, to] = [index(this.anchor ?? folder), index(folder)];
    const range = this.entries.slice(Math.max(0, Math.min(from, to)), Math.max(from, to) + 1);
    this.options.model.select(range.map(entry => entry.folder));
  }

  /** Bring a row into sight and give it the focus. */
  private focusOn(folder: string): void {
    this.active = folder;
    const at = this.entries.findIndex(entry => entry.folder === folder);
    const top = this.list.offsetTop + at * ROW_HEIGHT;
    const bottom = top + ROW_HEIGHT;
    if (top < this.node.scrollTop) {
      this.node.scrollTop = at === 0 ? 0 : top;
    } else if (bottom > this.node.scrollTop + this.node.clientHeight) {
      this.node.scrollTop = bottom - this.node.clientHeight;
    }
    this.draw();
    this.rows.get(folder)?.node.focus({ preventScroll: true });
  }
}

function folderAt(event: Event): string | null {
  const node = event.target instanceof Element ? event.target.closest('.kr-Run') : null;
  return (node as HTMLElement | null)?.dataset.folder ?? null;
}
