/** A chart's heading: its metric, and the value of each line under the pointer or at the end. */

export interface LegendItem {
  name: string;
  colour: string;
  light: boolean;
}

export class Legend {
  readonly node = document.createElement('div');
  private readonly title = document.createElement('span');
  private readonly list = document.createElement('span');
  private values: HTMLElement[] = [];
  private drawn = '';

  constructor(title: string) {
    this.node.className = 'kr-Legend';
    this.title.className = 'kr-Legend-title';
    this.title.textContent = title;
    this.title.title = title;
    this.list.className = 'kr-Legend-items';
    this.node.append(this.title, this.list);
  }

  /** Show these lines; does nothing if it shows them already. */
  setItems(items: readonly LegendItem[]): void {
    const wanted = JSON.stringify(items);
    if (wanted === this.drawn) {
      return;
    }
    this.drawn = wanted;
    this.values = [];
    this.list.replaceChildren(
      ...items.map(({ name, colour, light }) => {
        const item = document.createElement('span');
        item.className = 'kr-Legend-item';
        const swatch = document.createElement('span');
        swatch.className = light ? 'kr-Legend-swatch kr-mod-light' : 'kr-Legend-swatch';
        swatch.style.background = colour;
        const label = document.createElement('span');
        label.className = 'kr-Legend-name';
        label.textContent = name;
        label.title = name;
        const value = document.createElement('span');
        value.className = 'kr-Legend-value';
        this.values.push(value);
        item.append(swatch, label, value);
        return item;
      })
    );
  }

  /** The lines' values, in the order of the items. */
  setValues(values: readonly string[]): void {
    this.values.forEach((node, index) => {
      node.textContent = values[index] ?? '';
    });
  }
}
