/** Keys that belong to a control. */

/**
 * While `control` has the focus, Enter, space and the arrows are its own, not commands of the
 * notebook around it. Lumino asks each element from the focused one upwards, and takes the first
 * that a command's selector matches: the mark has no effect on an element further out.
 */
export function keepKeys(control: HTMLElement): void {
  control.dataset.lmSuppressShortcuts = 'true';
}
