/** What became of a question that nobody waits for any more. */
import type { Ask, Bundle } from '../protocol';
import { FILES, SCHEMA } from '../protocol';
import { decodeHeader } from '../runs/codec';
import type { Listed } from '../runs/files';
import { folderOf, joinPath } from '../runs/location';
import type { Decoded } from '../runs/values';

/** What it takes to find out. */
export interface OutcomeFiles {
  folders(folder: string): Promise<Listed[]>;
  text(path: string): Promise<string>;
}

/** Runs of that name that are looked at, the newest. */
const MOST = 10;

/**
 * The run that training went on in: the first of that name that a process took up after it had
 * asked. After a reload the kernel's own word of it no longer reaches the page.
 */
export async function outcome(
  ask: Decoded<Ask>,
  folder: string,
  files: OutcomeFiles
): Promise<Bundle> {
  const base = baseOf(ask.run);
  const listed = await files.folders(folderOf(folder));
  const alike = listed.filter(({ name }) => baseOf(name) === base);
  const newest = alike.sort((a, b) => numberOf(b.name) - numberOf(a.name)).slice(0, MOST);
  let found = { name: ask.run, started: Infinity };
  for (const { name, path } of newest) {
    try {
      const { started } = decodeHeader(await files.text(joinPath(path, FILES.header))).writer;
      if (started >= ask.created && started < found.started) {
        found = { name, started };
      }
    } catch {
      continue; // Not a run, or one that is being made.
    }
  }
  const beside = ask.folder.slice(0, ask.folder.length - ask.run.length);
  return { schema: SCHEMA, run: found.name, folder: beside + found.name };
}

function baseOf(name: string): string {
  return name.replace(/-\d{3,}$/, '');
}

function numberOf(name: string): number {
  return Number(/-(\d{3,})$/.exec(name)?.[1] ?? 0);
}
