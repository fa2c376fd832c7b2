/** Lets the widget's code, which is loaded apart, see that the extension is in the page. */

const NAME = 'kresumeNb';

/** The extension is here. */
export function announceExtension(): void {
  document.body.dataset[NAME] = 'present';
}

/** Whether it is. */
export function extensionPresent(): boolean {
  return document.body.dataset[NAME] !== undefined;
}
