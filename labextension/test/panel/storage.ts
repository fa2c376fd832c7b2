/** A browser's storage, for tests. */
export function storage(): Pick<Storage, 'getItem' | 'setItem'> & { readonly size: number } {
  const held = new Map<string, string>();
  return {
    getItem: key => held.get(key) ?? null,
    setItem: (key, value) => void held.set(key, value),
    get size() {
      return held.size;
    }
  };
}
