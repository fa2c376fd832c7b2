/** What a person says of a run, kept in its folder. */
import type { Marks } from '../protocol';
import { FILES, SCHEMA } from '../protocol';
import { decodeEvent, decodeMarks, decodeSummary, schemaOf } from './codec';
import type { RunFiles } from './files';
import { RunState } from './fold';
import { joinPath } from './location';

const NONE: Marks = { schema: SCHEMA, title: '', pinned: false, checkpoints: [] };

/** End of the journal that may know more than `history.json`. */
const JOURNAL_END = 2 ** 18;

type Files = Pick<RunFiles, 'list' | 'text' | 'end' | 'replace'>;

/** The run's marks. Damaged ones are an error: writing them anew would unpin what was pinned. */
export async function readMarks(files: Files, folder: string): Promise<Marks> {
  const there = await files.list(folder);
  if (!there.some(one => one.name === FILES.marks)) {
    return NONE;
  }
  const json = await files.text(joinPath(folder, FILES.marks));
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
  const checkpoints = pinned ? await checkpointsOf(files, folder) : [];
  await write(files, folder, { ...marks, pinned, checkpoints });
}

/**
 * File names of the checkpoints that the run keeps. As the run tells them: the Contents API takes an
 * address that ends in `/checkpoints` for a question after its own checkpoints of a file.
 */
async function checkpointsOf(files: Files, folder: string): Promise<string[]> {
  const there = await files.list(folder);
  const state = there.some(one => one.name === FILES.history)
    ? RunState.from(decodeSummary(await files.text(joinPath(folder, FILES.history))))
    : new RunState();
  const end = await files.end(joinPath(folder, FILES.journal), JOURNAL_END);
  for (const line of end.split('\n')) {
    const event = eventIn(line);
    if (event !== null && event.time >= state.updated) {
      state.apply(event);
    }
  }
  return state.checkpoints.map(one => one.file);
}

/** The first line is a piece of one, the last may be. */
function eventIn(line: string): ReturnType<typeof decodeEvent> {
  try {
    return decodeEvent(line);
  } catch {
    return null;
  }
}

/** Keep one checkpoint, whatever the retention rule says. */
export async function pinCheckpoint(files: Files, folder: string, file: string): Promise<void> {
  const marks = await readMarks(files, folder);
  const others = marks.checkpoints.filter(name => name !== file);
  await write(files, folder, { ...marks, checkpoints: [...others, file] });
}

async function write(files: Files, folder: string, marks: Marks): Promise<void> {
  await files.replace(joinPath(folder, FILES.marks), JSON.stringify(marks));
}
