/** What a person says of a run, kept in its folder. */
import type { Marks } from '../protocol';
import { SCHEMA } from '../protocol';
import { decodeMarks, schemaOf } from '../runs/codec';
import type { RunFiles } from '../runs/files';
import { joinPath } from '../runs/location';

const NONE: Marks = { schema: SCHEMA, title: '', pinned: false, checkpoints: [] };
const CHECKPOINT = /^(?:epoch-\d{4,}|step-\d{8,})\.keras$/;

type Files = Pick<RunFiles, 'list' | 'text' | 'replace'>;

/** The run's marks. Damaged ones are an error: writing them anew would unpin what was pinned. */
export async function readMarks(files: Files, folder: string): Promise<Marks> {
  const there = await files.list(folder);
  if (!there.some(one => one.name === 'marks.json')) {
    return NONE;
  }
  const json = await files.text(joinPath(folder, 'marks.json'));
  if (schemaOf(json) > SCHEMA) {
    throw new Error(`marks.json is of layout version ${schemaOf(json)}`);
  }
  return decodeMarks(json);
}

/** Show the run under another title; an empty one is none. */
export async function setTitle(files: Files, folder: string, title: string): Promise<void> {
  await write(files, folder, { ...(await readMarks(files, folder)), title: title.trim() });
}

/** Keep what the run holds now, or let it go. */
export async function setPinned(files: Files, folder: string, pinned: boolean): Promise<void> {
  const marks = await readMarks(files, folder);
  const there = pinned ? await files.list(joinPath(folder, 'checkpoints')) : [];
  const checkpoints = there.map(one => one.name).filter(name => CHECKPOINT.test(name));
  await write(files, folder, { ...marks, pinned, checkpoints });
}

async function write(files: Files, folder: string, marks: Marks): Promise<void> {
  await files.replace(joinPath(folder, 'marks.json'), JSON.stringify(marks));
}
