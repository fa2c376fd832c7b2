/** Paths of run folders on the server: names come from files, so none may leave the server's root. */

import { FILES } from '../protocol';

/** Where runs are kept beside a notebook, unless the user says otherwise. */
export const RUNS_FOLDER = 'kresume_runs';

/** The folder that a document lies in; `''` is the root. A drive's name (`RTC:`) stays in front. */
export function folderOf(documentPath: string): string {
  const slash = documentPath.lastIndexOf('/');
  if (slash >= 0) {
    return documentPath.slice(0, slash);
  }
  const colon = documentPath.indexOf(':');
  return colon >= 0 ? documentPath.slice(0, colon + 1) : '';
}

/** A path below a folder. */
export function joinPath(folder: string, name: string): string {
  return folder === '' || folder.endsWith(':') ? folder + name : `${folder}/${name}`;
}

/** The run folder that a notebook's output names, or null if that lies outside the server's root. */
export function resolveFolder(documentPath: string, relative: string): string | null {
  if (
    relative === '' ||
    /^[/\\]|^[a-z][a-z0-9+.-]*:|\0/i.test(relative) ||
    relative.includes('\\')
  ) {
    return null;
  }
  const base = folderOf(documentPath);
  const colon = base.indexOf(':');
  const drive = base.slice(0, colon + 1);
  const segments = base
    .slice(colon + 1)
    .split('/')
    .filter(segment => segment !== '');
  for (const segment of relative.split('/')) {
    if (segment === '..') {
      if (segments.pop() === undefined) {
        return null;
      }
    } else if (segment !== '' && segment !== '.') {
      segments.push(segment);
    }
  }
  return segments.length > 0 ? drive + segments.join('/') : null;
}

/** Whether a folder of that name can be a run: `mnist-001`. */
export function isRunName(name: string): boolean {
  return /^.+-\d{3,}$/.test(name);
}

/** Whether it names a folder beside a notebook, visible and no path. */
export function isFolderName(name: string): boolean {
  return /^[^./\\\0][^/\\\0]*$/.test(name);
}

/**
 * The folder of the run that a file belongs to, or null: by where it lies, since a file type is told
 * by the name alone, and others have a `history.json`, too.
 *
 * @param folders - Names of folders that runs are kept in, besides the usual one.
 */
export function runOf(path: string, ...folders: string[]): string | null {
  const run = folderOf(path);
  const name = (of: string): string => of.slice(Math.max(of.lastIndexOf('/'), of.indexOf(':')) + 1);
  const within = name(folderOf(run));
  return name(path) === FILES.history &&
    isRunName(name(run)) &&
    [RUNS_FOLDER, ...folders].includes(within)
    ? run
    : null;
}
