/** Finds and reads the runs of one notebook. */
import type { NotebookPanel } from '@jupyterlab/notebook';

import type { Header, JournalEvent } from '../protocol';
import { MIME, SCHEMA } from '../protocol';
import {
  decodeBundle,
  decodeEvent,
  decodeHeader,
  decodeRunFolders,
  decodeSummary,
  schemaOf
} from '../runs/codec';
import type { RunFiles } from '../runs/files';
import { RunState } from '../runs/fold';
import { liveness, newestWriter, writerRemains } from '../runs/liveness';
import { folderOf, joinPath, resolveFolder } from '../runs/location';
import { MissingFileError } from '../runs/tail';
import type { IRuns } from '../runs/tokens';
import type { Decoded } from '../runs/values';
import { CorruptRecordError } from '../runs/values';
import type { Candidate } from './choose';
import { belongs } from './choose';

/** Runs read in one look, the newest: a folder may hold thousands. */
const MOST = 20;

/** Seconds within which a process that took a run up may not have written its history. */
const JUST_BEGUN = 3;

/** End of the journal that is read: what happened after `history.json` was last written. */
export const JOURNAL_END = 2 ** 20;

/** The runs that belong to the notebook, as they stand now. */
export async function readCandidates(panel: NotebookPanel, runs: IRuns): Promise<Candidate[]> {
  const path = panel.context.path;
  const folders = await findFolders(panel, runs);
  const cells = new Set(
    [...(panel.content.model?.cells ?? [])].map(cell => cell.sharedModel.getId())
  );
  const notebook = path.slice(Math.max(path.lastIndexOf('/'), path.indexOf(':')) + 1);
  const session = panel.sessionContext.session?.kernel?.id ?? null;
  const found: Candidate[] = [];
  for (const folder of folders) {
    const candidate = await readRun(folder, runs, session, header =>
      belongs(header, cells, notebook)
    );
    if (candidate !== null) {
      found.push(candidate);
    }
  }
  return found;
}

/** The newest run folders beside the notebook, and those that its outputs name. */
async function findFolders(panel: NotebookPanel, runs: IRuns): Promise<string[]> {
  const own = joinPath(folderOf(panel.context.path), runs.folderName());
  const newest = (await newestByServer(own, runs)) ?? (await newestByContents(own, runs));
  const named = bundledFolders(panel).filter(folder => folderOf(folder) !== own);
  return [...new Set([...newest.slice(0, MOST), ...named.slice(-MOST)])];
}

/** Null if the server's extension is not there, or is of a version that cannot say. */
async function newestByServer(own: string, { files, server }: IRuns): Promise<string[] | null> {
  const folder = files.onServer(own);
  if (folder === null || !(await server.available)) {
    return null;
  }
  try {
    const { names } = decodeRunFolders(await server.get('newest', { folder }));
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

/** Run folders that the notebook's outputs name. */
function bundledFolders(panel: NotebookPanel): string[] {
  const folders: string[] = [];
  for (const cell of panel.content.model?.sharedModel.cells ?? []) {
    if (cell.cell_type !== 'code') {
      continue;
    }
    for (const output of cell.toJSON().outputs as unknown[]) {
      const data = (output as { data?: Record<string, unknown> }).data?.[MIME];
      const folder = data === undefined ? null : folderIn(data, panel.context.path);
      if (folder !== null) {
        folders.push(folder);
      }
    }
  }
  return folders;
}

function folderIn(data: unknown, path: string): string | null {
  try {
    return resolveFolder(path, decodeBundle(data).folder);
  } catch {
    return null; // The panel says what is wrong with it.
  }
}

/** A run, or null if the folder holds none that is `wanted` and that this page can read. */
async function readRun(
  folder: string,
  runs: IRuns,
  session: string | null,
  wanted: (header: Decoded<Header>) => boolean
): Promise<Candidate | null> {
  const { files, kernels } = runs;
  try {
    const json = await files.text(joinPath(folder, 'run.json'));
    if (schemaOf(json) > SCHEMA) {
      return null;
    }
    const header = decodeHeader(json);
    if (!wanted(header)) {
      return null;
    }
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
    return {
      folder,
      header,
      state,
      life,
      writerRemains: writerRemains(writer, session, restarted)
    };
  } catch (error) {
    if (error instanceof MissingFileError || error instanceof CorruptRecordError) {
      return null; // Not a run, or one that is being made or deleted.
    }
    throw error;
  }
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
    const end = await files.end(joinPath(folder, 'journal.jsonl'), JOURNAL_END);
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
    return RunState.from(decodeSummary(await files.text(joinPath(folder, 'history.json'))));
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
