/** Two tabs of one browser never resume the same run at once. */

/**
 * Do something while no other tab does it for that run; false if one does. Where the browser has no
 * locks (a page that did not come over https), the kernel's own order is what keeps them apart.
 */
export async function withTabLock(folder: string, act: () => Promise<void>): Promise<boolean> {
  const locks = (navigator as { locks?: LockManager }).locks;
  if (locks === undefined) {
    await act();
    return true;
  }
  let went = false;
  await locks.request(`kresume_nb:resume:${folder}`, { ifAvailable: true }, async lock => {
    if (lock !== null) {
      went = true;
      await act();
    }
  });
  return went;
}
