/** The form that asks for another learning rate. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { formatValue } from '../ui/numbers';
import { keepKeys } from '../ui/keys';
import type { Header } from '../protocol';
import type { RunState } from '../runs/fold';
import type { Decoded } from '../runs/values';
import { element, setText } from '../ui/elements';
import { rateNote, scheduleOf } from './requests';

export class RateForm {
  readonly node = element('form', 'kr-Rate');
  private readonly input = element('input', 'kr-Field');
  private readonly note = element('span', 'kr-Rate-note');
  private readonly set = element('button', 'kr-Controls-button');
  private newest = NaN;
  private schedule: string | null = null;

  constructor(
    private readonly onSet: (value: number) => void,
    private readonly onToggle: (open: boolean) => void,
    private readonly trans: TranslationBundle
  ) {
    this.node.hidden = true;
    this.node.noValidate = true;
    const label = element('label', 'kr-Rate-label');
    this.input.type = 'text';
    this.input.inputMode = 'decimal';
    this.input.autocomplete = 'off';
    this.input.size = 10;
    keepKeys(this.input);
    label.append(trans.__('New learning rate'), this.input);
    const { set } = this;
    set.type = 'submit';
    set.textContent = trans.__('Set');
    const cancel = element('button', 'kr-Controls-button');
    cancel.type = 'button';
    cancel.textContent = trans.__('Cancel');
    cancel.addEventListener('click', () => {
      this.toggle();
    });
    for (const button of [set, cancel]) {
      keepKeys(button);
    }
    this.node.append(label, set, cancel, this.note);
    this.node.addEventListener('submit', event => {
      event.preventDefault();
      this.submit();
    });
    this.node.addEventListener('keydown', event => {
      if (event.key === 'Escape') {
        event.stopPropagation();
        this.toggle();
      } else if (event.key === 'Enter' && event.target === this.input) {
        // The notebook around it keeps Enter from submitting a form.
        event.preventDefault();
        event.stopPropagation();
        this.submit();
      }
    });
    this.input.addEventListener('input', () => {
      this.input.removeAttribute('aria-invalid');
      this.explain();
    });
  }

  update(state: RunState, header: Decoded<Header> | null): void {
    this.newest = state.steps.learningRate.values.at(-1) ?? NaN;
    this.schedule = scheduleOf(header);
    this.input.disabled = this.schedule !== null;
    this.set.hidden = this.schedule !== null;
    this.explain();
  }

  private explain(): void {
    if (!this.node.hidden && !this.input.hasAttribute('aria-invalid')) {
      setText(this.note, rateNote(this.newest, this.schedule, this.trans));
    }
  }

  toggle(): void {
    this.node.hidden = !this.node.hidden;
    if (!this.node.hidden) {
      this.input.removeAttribute('aria-invalid');
      this.input.value = Number.isFinite(this.newest) ? formatPlain(this.newest) : '';
      this.input.focus();
      this.input.select();
      this.explain();
    }
    this.onToggle(!this.node.hidden);
  }

  close(): void {
    if (!this.node.hidden) {
      this.node.hidden = true;
      this.onToggle(false);
    }
  }

  private submit(): void {
    const text = this.input.value.trim().replace(',', '.');
    const value = text === '' ? NaN : Number(text);
    if (!Number.isFinite(value) || value <= 0) {
      this.input.setAttribute('aria-invalid', 'true');
      setText(this.note, this.trans.__('Not a number above zero, as in 0.001 or 1e-3.'));
      return;
    }
    this.toggle();
    this.onSet(value);
  }
}

/** As one types it: the shortest digits that give the number as it was shown. */
function formatPlain(value: number): string {
  return formatValue(value).replace('−', '-');
}
