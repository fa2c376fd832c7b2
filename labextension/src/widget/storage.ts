/** Where the page remembers things; nowhere, in a page that may not. */

export function pageStorage(): Pick<Storage, 'getItem' | 'setItem'> {
  try {
    return window.localStorage;
  } catch {
    return { getItem: () => null, setItem: () => undefined }; // A sandboxed frame, in VS Code say.
  }
}
