/** Checkpoints side by side: which layers still move, and two of them layer by layer. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { keepKeys } from '../../ui/keys';
import { element, setText } from '../../ui/elements';
import type { CheckpointRef } from '../../protocol';
import type { PointActions } from '../data/pointActions';
import type { ChangesSource } from '../data/changes';
import { heatStrip } from './heat';
import type { ComparedRun } from '../data/labels';
import { layerTable } from './layers';
import type { CompareModel } from '../data/model';
import { Section } from '../../ui/section';

export class Checkpoints {
  readonly section: Section;
  private readonly run = element('select', 'kr-Compare-select');
  private readonly strip = element('div', 'kr-CompareTable-scroll');
  private readonly sides = [
    element('select', 'kr-Compare-select'),
    element('select', 'kr-Compare-select')
  ] as const;
  private readonly layers = element('div', 'kr-CompareTable-scroll');
  private readonly said = element('p', 'kr-Compare-remark');
  private readonly below = element('p', 'kr-Compare-remark');
  private readonly insert = element('button', 'kr-Compare-button');
  private drawn = '';
  private asked = 0;
  /** The two that are shown, or read for it. */
  private pair = '';

  constructor(
    private readonly model: CompareModel,
    private readonly source: ChangesSource,
    private readonly actions: PointActions,
    private readonly trans: TranslationBundle
  ) {
    this.section = new Section('checkpoints', trans.__('Checkpoints side by side'), false);
    this.said.setAttribute('role', 'status');
    const choose = (select: HTMLSelectElement, name: string, onChange: () => void): HTMLElement => {
      select.setAttribute('aria-label', name);
      select.addEventListener('change', onChange);
      keepKeys(select);
      const label = element('label', 'kr-Compare-remark');
      label.append(`${name} `, select);
      return label;
    };
    const first = element('div', 'kr-CompareCode-choice');
    const what = element('span', 'kr-Compare-remark');
    what.textContent = trans.__(
      'still move: change from one kept checkpoint to the next, as a share of the norm'
    );
    first.append(
      choose(this.run, trans.__('Which layers of'), () => void this.readSeries()),
      what
    );
    const second = element('div', 'kr-CompareCode-choice');
    const pick = (): void => {
      const pair = this.sides.map(({ value }) => refOf(value)).filter(one => one !== null);
      model.choose({ checkpoints: pair });
    };
    second.append(
      choose(this.sides[0], trans.__('First'), pick),
      choose(this.sides[1], trans.__('Second'), pick)
    );
    for (const [scroll, name] of [
      [this.strip, trans.__('Layers over checkpoints')],
      [this.layers, trans.__('Layers of two checkpoints')]
    ] as const) {
      scroll.tabIndex = 0;
      scroll.toggleAttribute('data-wide', true);
      scroll.setAttribute('role', 'group');
      scroll.setAttribute('aria-label', name);
    }
    this.insert.type = 'button';
    this.insert.textContent = trans.__('Insert a cell that compares them');
    this.insert.addEventListener('click', () => {
      this.insertCell();
    });
    keepKeys(this.insert);
    this.insert.hidden = true;
    this.section.body.append(
      first,
      this.strip,
      second,
      this.said,
      this.insert,
      this.layers,
      this.below
    );
    this.section.node.addEventListener('toggle', () => {
      this.update();
    });
  }

  /** What there is to choose; read only when somebody looks. */
  update(): void {
    const runs = this.having;
    this.section.node.hidden = runs.length === 0;
    const { checkpoints } = this.model.view;
    if (checkpoints.length === 2 && this.asked === 0) {
      this.section.node.open = true; // A link leads here.
    }
    if (!this.section.node.open || runs.length === 0) {
      return;
    }
    const kept = runs.map(({ key, summary }) => [
      key,
      this.model.labels.get(key),
      summary?.checkpoints.map(({ file }) => file)
    ]);
    const now = JSON.stringify([kept, checkpoints]);
    if (now === this.drawn) {
      return;
    }
    this.drawn = now;
    this.fill(runs);
    void this.readAll();
  }

  private get having(): ComparedRun[] {
    return this.model.runs.filter(({ summary }) => (summary?.checkpoints.length ?? 0) > 0);
  }

  private fill(runs: readonly ComparedRun[]): void {
    const { labels, view } = this.model;
    const chosen = this.run.value;
    this.run.replaceChildren(...runs.map(({ key }) => option(key, labels.get(key) ?? key)));
    const [one, other] = view.checkpoints;
    const wanted = [chosen, one?.run].find(key => runs.some(run => run.key === key));
    this.run.value = wanted ?? runs[0]?.key ?? '';
    const all = runs.flatMap(({ key, summary }) =>
      (summary?.checkpoints ?? []).map(({ file }) => ({ run: key, file }))
    );
    for (const select of this.sides) {
      select.replaceChildren(
        ...all.map(ref =>
          option(JSON.stringify(ref), `${labels.get(ref.run) ?? ref.run} · ${ref.file}`)
        )
      );
    }
    const own = all.filter(({ run }) => run === this.run.value);
    const values = [one ?? own.at(-2) ?? own[0], other ?? own.at(-1)];
    this.sides.forEach((select, index) => {
      select.value = JSON.stringify(values[index] ?? all[0]);
    });
  }

  private async readAll(): Promise<void> {
    if (await this.source.available) {
      await Promise.all([this.readSeries(), this.readPair()]);
    } else {
      this.strip.replaceChildren();
      this.layers.replaceChildren();
      setText(
        this.said,
        this.trans.__(
          'A page cannot read checkpoints. The server extension of kresume_nb can, but this server does not have it; a cell in a notebook can, too.'
        )
      );
      this.insert.hidden = this.actions.compare === undefined;
    }
  }

  private async readSeries(): Promise<void> {
    const { model, trans, strip } = this;
    const { value: key } = this.run;
    strip.textContent = trans.__('Reading the checkpoints of %1 …', model.labels.get(key) ?? key);
    try {
      const series = await this.source.series(key);
      if (this.run.value !== key) {
        return;
      }
      const choose = (from: number): void => {
        const pair = series.files.slice(from, from + 2).map(file => ({ run: key, file }));
        model.choose({ checkpoints: pair });
      };
      const damaged = series.damaged.map(({ file, problem }) => {
        const line = element('p', 'kr-Compare-remark');
        line.textContent = trans.__('Left out: %1 – %2', file, problem);
        return line;
      });
      const few = element('p', 'kr-Compare-remark');
      few.textContent = trans.__('This run keeps fewer than two checkpoints.');
      const shown = series.files.length < 2 ? few : heatStrip(series, choose, trans);
      strip.replaceChildren(shown, ...damaged);
    } catch (error) {
      strip.textContent = error instanceof Error ? error.message : String(error);
    }
  }

  private async readPair(): Promise<void> {
    const { trans } = this;
    const [a, b] = this.sides.map(({ value }) => refOf(value));
    const pair = JSON.stringify([a, b]);
    if (!a || !b || pair === this.pair) {
      return; // A checkpoint never changes: what is unfolded below stays so.
    }
    this.pair = pair;
    const turn = ++this.asked;
    this.layers.replaceChildren();
    setText(this.said, trans.__('Reading both checkpoints …'));
    try {
      const changes = await this.source.changes(a, b);
      if (turn !== this.asked) {
        return;
      }
      const same = a.run === b.run && a.file === b.file;
      setText(this.said, same ? trans.__('That is the same checkpoint twice.') : '');
      this.layers.replaceChildren(
        layerTable(changes, variable => this.source.histogram(a, b, variable), trans)
      );
      setText(
        this.below,
        changes.unmatched.length === 0
          ? ''
          : trans.__(
              'Not in both, or of another shape: %1',
              changes.unmatched.map(({ path, label }) => label || path).join(', ')
            )
      );
    } catch (error) {
      if (turn === this.asked) {
        this.pair = '';
        setText(this.said, error instanceof Error ? error.message : String(error));
      }
    }
  }

  private insertCell(): void {
    const [a, b] = this.sides.map(({ value }) => refOf(value));
    if (a && b) {
      this.actions.compare?.([a, b]).catch((error: unknown) => {
        setText(this.said, error instanceof Error ? error.message : String(error));
      });
    }
  }
}

function refOf(value: string): CheckpointRef | null {
  return value === '' ? null : (JSON.parse(value) as CheckpointRef);
}

function option(value: string, words: string): HTMLOptionElement {
  const node = document.createElement('option');
  node.value = value;
  node.textContent = words;
  return node;
}
