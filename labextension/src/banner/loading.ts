/** A cell that loads a stopped run's model, for those who want to look and not to train: pure. */
import type { Point } from '../protocol';
import { folderOf, joinPath, RUNS_FOLDER } from '../runs/location';
import type { Decoded } from '../runs/values';

/**
 * The cell's source; null if a checkpoint within an epoch is meant that is not the newest, which
 * `load_model` does not name. Names come from files: they are written as string literals.
 */
export function loadingCode(
  folder: string,
  notebook: string,
  point: Pick<Decoded<Point>, 'position'> | null
): string | null {
  if (point !== null && point.position.batch !== 0) {
    return null;
  }
  const base = folderOf(notebook);
  const name = folder.slice(folder.lastIndexOf('/') + 1);
  const own = folder === joinPath(joinPath(base, RUNS_FOLDER), name);
  const run = own ? name : relativePath(folder, base);
  const epoch = point === null ? '' : `epoch=${point.position.epoch}`;
  return `import kresume_nb as kr\n\nmodel = kr.load_run(${JSON.stringify(run)}).load_model(${epoch})`;
}

/** A folder's path from another: a kernel's working directory is the notebook's folder. */
function relativePath(folder: string, base: string): string {
  const [there, here] = [folder.split('/'), base === '' ? [] : base.split('/')];
  const common = there.findIndex((part, at) => part !== here[at]);
  return [...here.slice(common).map(() => '..'), ...there.slice(common)].join('/');
}
