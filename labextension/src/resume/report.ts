/** The resume report: what became of each piece of state. A plain DOM view, does no I/O. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Finding } from '../protocol';
import type { Verdict } from './reportMessages';
import { MARKS, reportLine, VERDICTS, verdictLabel } from './reportMessages';

export class ReportView {
  /** Hidden while there is nothing to report; folded until a person unfolds it. */
  readonly node = element('details', 'kr-Report');
  private readonly line = element('span', 'kr-Report-line');
  private readonly body = element('div', 'kr-Report-body');
  private drawn = '';

  constructor(private readonly trans: TranslationBundle) {
    const summary = element('summary', 'kr-Report-summary');
    const title = element('span', 'kr-Report-title');
    title.textContent = trans.__('Resume report');
    summary.append(title, this.line);
    this.node.append(summary, this.body);
    this.node.hidden = true;
  }

  /** Show these findings; costs nothing if they are the ones that are shown. */
  update(findings: readonly Finding[]): void {
    const key = JSON.stringify(findings);
    if (key === this.drawn) {
      return;
    }
    this.drawn = key;
    this.node.hidden = findings.length === 0;
    this.line.textContent = reportLine(findings, this.trans);
    const worst = VERDICTS.find(verdict => findings.some(one => one.verdict === verdict));
    this.node.dataset.worst = worst ?? 'exact';
    this.body.replaceChildren(
      ...VERDICTS.flatMap(verdict => {
        const group = findings.filter(finding => finding.verdict === verdict);
        return group.length > 0 ? [this.group(verdict, group)] : [];
      })
    );
  }

  private group(verdict: Verdict, findings: readonly Finding[]): HTMLElement {
    const section = element('section', 'kr-Report-group');
    section.dataset.verdict = verdict;
    const heading = element('div', 'kr-Report-heading');
    const mark = element('span', 'kr-Report-mark');
    mark.textContent = MARKS[verdict];
    mark.setAttribute('aria-hidden', 'true');
    heading.append(mark, verdictLabel(verdict, this.trans));
    const list = element('dl', 'kr-Report-list');
    for (const { what, detail } of findings) {
      const term = element('dt', 'kr-Report-what');
      term.textContent = what;
      const description = element('dd', 'kr-Report-detail');
      description.textContent = detail;
      list.append(term, description);
    }
    section.append(heading, list);
    return section;
  }
}

function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  name: string
): HTMLElementTagNameMap[Tag] {
  const node = document.createElement(tag);
  node.className = name;
  return node;
}
