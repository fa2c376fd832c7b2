/** A run of a comparison, read from its folder on the server. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { TimedState } from '../../runs/clock';
import type { Header } from '../../protocol';
import { FILES, SCHEMA } from '../../protocol';
import { decodeEvent, decodeHeader, decodeHistory, decodeMarks, schemaOf } from '../../runs/codec';
import type { RestartSource, RunSource } from '../../runs/folder';
import { liveness } from '../../runs/liveness';
import { joinPath } from '../../runs/location';
import { MissingFileError, Tail } from '../../runs/tail';
import type { Decoded } from '../../runs/values';
import { CorruptRecordError } from '../../runs/values';
import { folded } from './summarize';
import type { ComparedRun } from './labels';
import { nameOf } from './labels';
import type { Outline } from './folder';
import type { Known } from './model';

/** What it needs of the server, beside what one run's panel does. */
export interface CompareFiles extends Pick<RunSource, 'text' | 'range' | 'heartbeatAge'> {
  /** The files in a folder. */
  list(folder: string): Promise<readonly { name: string; bytes: number }[]>;
}

type History = Pick<ComparedRun, 'summary' | 'history'>;

export class FollowedRun {
  private run: ComparedRun;
  private lost = false;
  private seen = '';
  /** Whether what is known leaves nothing out but epochs. */
  private outlined = false;

  constructor(
    key: string,
    private readonly files: CompareFiles,
    private readonly kernels: Pick<RestartSource, 'restartOf'>,
    private readonly trans: TranslationBundle
  ) {
    this.run = {
      key,
      title: '',
      header: null,
      summary: null,
      history: {},
      problem: '',
      thinned: 0
    };
  }

  get known(): Known {
    return { run: this.run, lost: this.lost };
  }

  /** Whether more may come. */
  get live(): boolean {
    return this.run.summary?.status === 'running';
  }

  /** Whether only extremes of its epochs are known. */
  get thin(): boolean {
    return this.run.thinned > 0;
  }

  get forked(): boolean {
    return (this.run.header?.parent ?? null) !== null;
  }

  /** What `run.json` and `history.json` say; whether that is anything new. */
  async read(outline: Outline | null = null): Promise<boolean> {
    const { key } = this.run;
    const told = (await outline?.(key)) ?? null;
    if (told !== null && told.summary !== null) {
      this.run = { ...told, key };
      this.outlined = true;
      return true;
    }
    try {
      const coming = this.history();
      coming.catch(() => undefined); // What is wrong with the header says more.
      const header = await this.header();
      this.run = { ...this.run, header, ...(await coming), problem: '' };
    } catch (error) {
      this.run = { ...this.run, header: null, summary: null, problem: this.tell(error, key) };
    }
    return true;
  }

  /** What a first look leaves out: the title, and what the journal has and `history.json` has not. */
  async complete(): Promise<boolean> {
    const { key, summary } = this.run;
    if (summary === null) {
      return false;
    }
    const before = this.known;
    if (this.outlined) {
      await this.life();
      return before.lost !== this.lost;
    }
    const files = await this.files.list(key).catch(() => []);
    const sizes = new Map(files.map(({ name, bytes }) => [name, bytes]));
    if (sizes.has(FILES.marks)) {
      this.run = { ...this.run, title: await this.title() };
    }
    const life = await this.life();
    const size = sizes.get(FILES.journal) ?? summary.journal;
    const behind = summary.journal > 0 && summary.journal < size;
    if (behind && !(summary.status === 'running' && life)) {
      this.run = { ...this.run, ...(await this.fold()) };
      await this.life();
    }
    return before.run !== this.run || before.lost !== this.lost;
  }

  /** All epochs of a run of which extremes are known; whether they could be read. */
  async whole(): Promise<boolean> {
    try {
      this.run = { ...this.run, ...(await this.history()), thinned: 0 };
    } catch {
      return false; // What is known of it stays.
    }
    this.outlined = false;
    await this.complete();
    return true;
  }

  /** More of a run that is being written. */
  async refresh(): Promise<boolean> {
    const { lost, run } = this;
    const alive = await this.life();
    if (!alive && lost) {
      return false;
    }
    try {
      const text = await this.files.text(joinPath(run.key, FILES.history));
      if (alive && text === this.seen) {
        return lost !== this.lost;
      }
      this.run = { ...run, ...(alive ? this.decode(text) : await this.fold()), thinned: 0 };
      return true;
    } catch (error) {
      if (error instanceof MissingFileError || error instanceof CorruptRecordError) {
        return lost !== this.lost; // Written anew at this moment, or not there yet.
      }
      throw error;
    }
  }

  private async header(): Promise<Decoded<Header>> {
    const json = await this.files.text(joinPath(this.run.key, FILES.header));
    const schema = schemaOf(json);
    if (schema > SCHEMA) {
      throw new NewerLayoutError(schema);
    }
    return decodeHeader(json);
  }

  private async history(): Promise<History> {
    try {
      return this.decode(await this.files.text(joinPath(this.run.key, FILES.history)));
    } catch (error) {
      if (error instanceof MissingFileError || error instanceof CorruptRecordError) {
        return this.fold(); // Derived from the journal, so the journal has it all.
      }
      throw error;
    }
  }

  private decode(text: string): History {
    const told = decodeHistory(text);
    const { summary } = told;
    if (summary.seconds.length < summary.epoch.length) {
      throw new CorruptRecordError('An older version wrote this; the journal tells more');
    }
    this.seen = text;
    return told;
  }

  private async fold(): Promise<History> {
    const { key } = this.run;
    const tail = new Tail(this.files.range(joinPath(key, FILES.journal)));
    let state = new TimedState();
    for (let more = true; more;) {
      const piece = await tail.poll();
      more = piece.more;
      state = piece.restarted ? new TimedState() : state;
      for (const line of piece.lines) {
        try {
          const event = decodeEvent(line);
          if (event !== null) {
            state.apply(event);
          }
        } catch (error) {
          if (!(error instanceof CorruptRecordError)) {
            throw error;
          }
        }
      }
    }
    return folded(state, nameOf(this.run));
  }

  private async title(): Promise<string> {
    try {
      return decodeMarks(await this.files.text(joinPath(this.run.key, FILES.marks))).title;
    } catch {
      return ''; // A name is there all the same.
    }
  }

  /** Whether a process is behind a run that says so. */
  private async life(): Promise<boolean> {
    const { key, header, summary } = this.run;
    if (summary?.status !== 'running') {
      this.lost = false;
      return false;
    }
    const writer = header?.writer ?? null;
    const life = liveness({
      status: summary.status,
      writerKernel: writer?.kernel ?? null,
      writerStarted: writer?.started ?? 0,
      restarted: this.kernels.restartOf(writer?.kernel ?? null),
      heartbeatAge: await this.files.heartbeatAge(key)
    });
    this.lost = life === 'dead';
    return !this.lost;
  }

  private tell(error: unknown, folder: string): string {
    const { trans } = this;
    if (error instanceof MissingFileError) {
      return trans.__('“%1” is not there, or is no run folder', folder);
    }
    if (error instanceof NewerLayoutError) {
      return trans.__(
        'was written in layout version %1; this page reads up to version %2. Update kresume_nb',
        error.schema,
        SCHEMA
      );
    }
    if (error instanceof CorruptRecordError) {
      return trans.__('run.json is damaged: %1', error.message);
    }
    return trans.__('cannot be read: %1', error instanceof Error ? error.message : String(error));
  }
}

class NewerLayoutError extends Error {
  constructor(readonly schema: number) {
    super(`The run's layout is version ${schema}`);
  }
}
