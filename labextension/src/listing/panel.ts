/** The side panel: what narrows the list down, what one can do, and the two sections. */
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import { CommandToolbarButton, SidePanel } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { Message } from '@lumino/messaging';
import { AccordionPanel, Widget } from '@lumino/widgets';

import { element, setText } from '../ui/elements';
import { CommandIDs, ON_RUNS } from './commands';
import type { Order } from './entry';
import { runsIcon } from './icons';
import { RunList } from './list';
import type { ListingModel, SectionName } from './model';
import type { Retention } from './messages';

export const PANEL_ID = 'kresume-runs';

/** Room for a section that has only a sentence to show, where one with rows has 1. */
const FOR_A_SENTENCE = 0.2;

export interface PanelOptions {
  model: ListingModel;
  commands: CommandRegistry;
  retention: () => Retention;
  /** In the server's clock. */
  now: () => number;
  translator: ITranslator;
  trans: TranslationBundle;
}

export class RunsPanel extends SidePanel {
  private readonly lists: Record<SectionName, RunList>;
  private readonly sort = element('select', 'kr-Runs-sort');
  private readonly status = element('span', 'kr-Runs-chosen');
  /** How the sections share the room, until one gets its first row or loses its last. */
  private shares = '1,1';

  constructor(private readonly options: PanelOptions) {
    super({ translator: options.translator });
    const { commands, trans, model } = options;
    this.id = PANEL_ID;
    this.addClass('kr-Runs');
    this.title.icon = runsIcon;
    this.title.caption = trans.__('Training Runs');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Training Runs'));
    for (const id of [...ON_RUNS, CommandIDs.refresh]) {
      this.toolbar.addItem(id, new CommandToolbarButton({ commands, id, label: '' }));
    }
    this.header.addWidget(this.finder());
    this.lists = {
      beside: this.list('beside', trans.__('Beside the notebook')),
      below: this.list('below', trans.__('Other runs'))
    };
    this.addWidget(this.lists.beside);
    this.addWidget(this.lists.below);
    model.changed.connect(this.update, this);
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.options.model.changed.disconnect(this.update, this);
      super.dispose();
    }
  }

  /** Draw anew: a setting changed. */
  redraw(): void {
    this.lists.beside.refresh();
    this.lists.below.refresh();
    this.update();
  }

  protected override onUpdateRequest(message: Message): void {
    super.onUpdateRequest(message);
    const { model, trans } = this.options;
    this.sort.value = model.order;
    const shares: number[] = [];
    for (const name of ['beside', 'below'] as const) {
      const { entries, total, state } = model.section(name);
      const shown = entries.length === total ? String(total) : `${entries.length}/${total}`;
      const label = this.lists[name].node.dataset.label ?? '';
      this.lists[name].title.label = state === 'ready' && total > 0 ? `${label} (${shown})` : label;
      shares.push(total > 0 ? 1 : FOR_A_SENTENCE);
    }
    this.share(shares);
    const chosen = model.selected.length;
    setText(this.status, chosen > 1 ? trans._n('%1 run chosen', '%1 runs chosen', chosen) : '');
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.options.model.visible = true;
    this.update();
  }

  protected override onAfterHide(message: Message): void {
    this.options.model.visible = false;
    super.onAfterHide(message);
  }

  /** Share the room among the sections, unless they are as before: a person may have dragged them. */
  private share(shares: readonly number[]): void {
    const { content } = this;
    if (content instanceof AccordionPanel && this.isVisible && this.shares !== shares.join()) {
      this.shares = shares.join();
      content.setRelativeSizes([...shares]);
    }
  }

  private list(section: SectionName, label: string): RunList {
    const { model, commands, retention, now, trans } = this.options;
    const made = new RunList({
      model,
      section,
      label,
      note: () => this.note(section),
      retention,
      now,
      open: path => void commands.execute(CommandIDs.openRun, { path }),
      trans
    });
    made.node.dataset.label = label;
    made.title.label = label;
    return made;
  }

  /** What stands in the place of rows that are not there. */
  private note(section: SectionName): string {
    const { model, trans } = this.options;
    const { entries, total, state, problem, complete } = model.section(section);
    if (state === 'failed') {
      return trans.__('The runs cannot be read (%1). Trying again.', problem);
    }
    if (state === 'unavailable') {
      return trans.__(
        'Runs elsewhere are found by the server extension of kresume_nb, which this server does not have switched on.'
      );
    }
    if (section === 'beside' && model.beside === null) {
      return trans.__('Open a notebook to see the runs beside it.');
    }
    if (state === 'loading') {
      return trans.__('Looking for runs …');
    }
    if (total === 0) {
      return section === 'beside'
        ? trans.__(
            'No runs in %1 yet. Train with kr.fit(model, …) in place of model.fit(…), and the run is listed here.',
            model.beside ?? ''
          )
        : trans.__('No other runs below the folder that the server shows.');
    }
    if (entries.length === 0) {
      return trans.__('None of the %1 runs matches “%2”.', total, model.filter);
    }
    return complete
      ? ''
      : trans.__('The search ended early: there are more folders than it looks through.');
  }

  private finder(): Widget {
    const { model, trans } = this.options;
    const made = new Widget();
    made.addClass('kr-Runs-finder');
    const filter = element('input', 'kr-Runs-filter jp-mod-styled');
    filter.type = 'search';
    filter.placeholder = trans.__('Filter runs');
    filter.setAttribute('aria-label', trans.__('Filter runs'));
    filter.addEventListener('input', () => {
      model.filter = filter.value;
    });
    this.sort.setAttribute('aria-label', trans.__('Order of the runs'));
    const orders: [Order, string][] = [
      ['newest', trans.__('Newest')],
      ['name', trans.__('Name')],
      ['best', trans.__('Best')]
    ];
    for (const [value, word] of orders) {
      this.sort.append(new Option(word, value));
    }
    this.sort.addEventListener('change', () => {
      model.order = this.sort.value as Order;
    });
    this.status.setAttribute('role', 'status');
    made.node.append(filter, this.sort, this.status);
    return made;
  }
}
