/** Finds and reads the runs of one notebook. */
import type { NotebookPanel } from '@jupyterlab/notebook';

import type { Header, JournalEvent } from '../protocol';
import { FILES, SCHEMA } from '../protocol';
import { addressOf } from '../runs/address';
import {
  decodeEvent,
  decodeHeader,
  decodeRunFolders,
  decodeSummary,
  decodeThere,
  schemaOf
} from '../runs/codec';
import { hasEnded } from '../runs/ended';
import type { RunFiles } from '../runs/files';
import { RunState } from '../runs/fold';
import { liveness, newestWriter, writerRemains } from '../runs/liveness';
import { folderOf, joinPath, resolveFolder } from '../runs/location';
import { cellOf, recordedPath, sameNotebook } from '../runs/ownership';
import { MissingFileError } from '../runs/tail';
import type { IRuns } from '../runs/tokens';
import type { Decoded } from '../runs/values';
import { CorruptRecordError } from '../runs/values';
import type { ShownCell } from './cells';
import { cellsOf, showing } from './cells';
import type { Candidate } from './choose';
import { sure } from './choose';

/** Runs read in one look, the newest: a folder may hold thousands. */
const MOST = 20;

/** Seconds within which a process that took a run up may not have written its history. */
const JUST_BEGUN = 3;

/** End of the journal that is read: what happened after `history.json` was last written. */
export const JOURNAL_END = 2 ** 20;

/** What lies beside a notebook. */
export interface Beside {
  /** The runs that belong to it, as they stand now. */
  own: Candidate[];
  /** Those of a notebook that it was copied from, or that was made from the same template. */
  foreign: Candidate[];
}

/** Read the runs of a notebook. */
export async function readCandidates(panel: NotebookPanel, runs: IRuns): Promise<Beside> {
  const cells = cellsOf(panel);
  const folders = await findFolders(panel, cells, runs);
  const { path } = panel.context;
  const session = panel.sessionContext.session?.kernel?.id ?? null;
  const there = new Map<string, Promise<boolean>>();
  const exists = (notebook: string): Promise<boolean> => {
    const asked = there.get(notebook) ?? notebookExists(notebook, runs);
    there.set(notebook, asked);
    return asked;
  };
  const own: Candidate[] = [];
  const foreign: Candidate[] = [];
  for (const folder of folders) {
    const header = await readHeader(folder, runs);
    if (header === null) {
      continue;
    }
    const cell = cellOf(header, cells, showing(cells, folder));
    const recorded = recordedPath(header);
    const whose = recorded === null ? null : resolveFolder(folder, recorded);
    const here = recorded === null || whose === path;
    if (cell === null && (!here || (header.cell?.id ?? null) !== null)) {
      continue; // Of another notebook, or of a cell that was deleted.
    }
    // One outside of the server's root cannot be looked for: it is another.
    const there = !here && (whose === null || (await exists(whose)));
    const copied = !sameNotebook(whose ?? recorded, path, there);
    const candidate = await readRun(folder, header, cell, runs, session);
    if (candidate !== null) {
      (copied ? foreign : own).push(candidate);
    }
  }
  return { own: sure(own), foreign: sure(foreign) };
}

/** Whether there is such a notebook: if not, it was renamed or moved. */
async function notebookExists(path: string, runs: IRuns): Promise<boolean> {
  const local = await addressOf(path, runs.files, runs.server);
  if (local !== null) {
    return decodeThere(await runs.server.get('there', { path: local })).there;
  }
  return (await runs.files.list(folderOf(path))).some(one => one.path === path);
}

/** The newest run folders beside the notebook, and those that its outputs name. */
async function findFolders(
  panel: NotebookPanel,
  cells: readonly ShownCell[],
  runs: IRuns
): Promise<string[]> {
  const own = joinPath(folderOf(panel.context.path), runs.folderName());
  const newest = (await newestByServer(own, runs)) ?? (await newestByContents(own, runs));
  const shown = cells.flatMap(({ shows }) => shows);
  const named = shown.filter(folder => folderOf(folder) !== own);
  return [...new Set([...newest.slice(0, MOST), ...named.slice(-MOST)])];
}

/** Null if the server's extension is not there, or is of a version that cannot say. */
async function newestByServer(own: string, runs: IRuns): Promise<string[] | null> {
  const folder = await addressOf(own, runs.files, runs.server);
  if (folder === null) {
    return null;
  }
  try {
    const { names } = decodeRunFolders(await runs.server.get('newest', { folder }));
    return names.map(name => joinPath(own, name));
  } catch {
    return null;
  }
}

async function newestByContents(own: string, { files, folderName }: IRuns): Promise<string[]> {
  // Looked for in its parent: asking for a folder that is not there would put an error in the console.
  const there = (await files.folders(folderOf(own))).some(({ name }) => name === folderName());
  const listed = there ? await files.folders(own) : [];
  return listed.sort((a, b) => b.modified - a.modified).map(({ path }) => path);
}

/** A run's header; null if the folder holds none that this page can read. */
async function readHeader(folder: string, { files }: IRuns): Promise<Decoded<Header> | null> {
  try {
    const json = await files.text(joinPath(folder, FILES.header));
    return schemaOf(json) > SCHEMA ? null : decodeHeader(json);
  } catch (error) {
    return notARun(error);
  }
}

/** How a run stands; null if it was deleted in this moment. */
async function readRun(
  folder: string,
  header: Decoded<Header>,
  cell: Candidate['cell'],
  runs: IRuns,
  session: string | null
): Promise<Candidate | null> {
  const { files, kernels } = runs;
  try {
    const state = await readState(folder, header, runs);
    const writer = newestWriter(state.writer, header.writer);
    const restarted = kernels.restartOf(writer.kernel);
    const life = liveness({
      status: state.status,
      writerKernel: writer.kernel,
      writerStarted: writer.started,
      restarted,
      heartbeatAge: state.status === 'running' ? await files.heartbeatAge(folder) : null
    });
    const seen = restarted !== null && restarted > writer.started;
    const clear = seen || state.status === 'running' || settled(state, header);
    const ended = seen || (!clear && (await hasEnded(runs.server, writer, state.updated)));
    const remains = !ended && writerRemains(writer, session, restarted);
    const brokeOff = ended && state.status === 'finished' && !settled(state, header);
    return { folder, header, state, life, writerRemains: remains, brokeOff, cell };
  } catch (error) {
    return notARun(error);
  }
}

/** Whether nothing of its cell is left to be done, or somebody was there when it ended by an error. */
function settled({ status }: RunState, header: Decoded<Header>): boolean {
  const { execution, execution_complete, execution_failed } = header;
  return status === 'finished' && (execution === '' || execution_complete || execution_failed);
}

function notARun(error: unknown): null {
  if (error instanceof MissingFileError || error instanceof CorruptRecordError) {
    return null; // Not a run, or one that is being made or deleted.
  }
  throw error;
}

/** How the run stands: what `history.json` tells, and what the journal adds to it. */
async function readState(folder: string, header: Decoded<Header>, runs: IRuns): Promise<RunState> {
  const { files, kernels } = runs;
  const { started, kernel } = header.writer;
  const restarted = kernels.restartOf(kernel) ?? -Infinity;
  if (files.now() - started < JUST_BEGUN && restarted < started) {
    return new RunState(); // It may have no history yet, and nothing can be wrong with it so soon.
  }
  const state = await readSummary(folder, files);
  if (state.status === 'running' || started > state.updated) {
    const end = await files.end(joinPath(folder, FILES.journal), JOURNAL_END);
    for (const event of lastEvents(end)) {
      if (event.time >= state.updated) {
        state.apply(event);
      }
    }
  }
  return state;
}

/** What `history.json` tells; a run that was killed in its first second has none. */
async function readSummary(folder: string, files: RunFiles): Promise<RunState> {
  try {
    return RunState.from(decodeSummary(await files.text(joinPath(folder, FILES.history))));
  } catch (error) {
    if (error instanceof MissingFileError) {
      return new RunState();
    }
    throw error;
  }
}

/** The events in the end of a journal; the piece of a line that it begins with is none. */
export function lastEvents(text: string): Decoded<JournalEvent>[] {
  return text.split('\n').flatMap(line => {
    try {
      const event = decodeEvent(line);
      return event === null ? [] : [event];
    } catch {
      return [];
    }
  });
}
