/** Elements of the panel. */

/** An element of that class. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  name: string
): HTMLElementTagNameMap[Tag] {
  const node = document.createElement(tag);
  node.className = name;
  return node;
}

/** Leaves the node alone if it says so already: screen readers announce every change. */
export function setText(node: HTMLElement, text: string): void {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}
