/** Attempts to resume by itself, as files in the run folder: reads, makes, renews and closes them. */
import type { Attempt } from '../protocol';
import { decodeAttempt, decodeEvent } from '../runs/codec';
import type { RunFiles } from '../runs/files';
import { joinPath } from '../runs/location';
import type { ServerRoutes } from '../runs/server';
import { RouteError } from '../runs/server';
import { MissingFileError } from '../runs/tail';
import type { Decoded } from '../runs/values';
import { CorruptRecordError } from '../runs/values';
import type { Known } from './decide';

const NAME = /^attempt-([1-9]\d{0,5})\.json$/;

/** End of the journal that is read: attempts since the newest checkpoint are near it. */
const JOURNAL_END = 2 ** 20;

/** Seconds in which a file that holds no attempt may yet become one. */
const BEING_WRITTEN = 10;

export class AttemptFiles {
  constructor(
    private readonly files: RunFiles,
    private readonly server: ServerRoutes
  ) {}

  /** All attempts, in their order. Files first: one that is taken down meanwhile is then seen twice, not never. */
  async read(folder: string): Promise<Known[]> {
    const known = new Map<number, Known>();
    for (const { name, path, modified } of await this.files.list(folder)) {
      const number = Number(NAME.exec(name)?.[1]);
      if (!Number.isNaN(number)) {
        const age = Math.max(0, this.files.now() - modified / 1000);
        const attempt = await this.attempt(path, number, age);
        if (attempt !== null) {
          known.set(number, { attempt, age });
        }
      }
    }
    for (const attempt of await this.journal(folder)) {
      known.set(attempt.number, { attempt, age: null });
    }
    return [...known.values()].sort((a, b) => a.attempt.number - b.attempt.number);
  }

  /** Make an attempt; false if somebody was faster. */
  async claim(folder: string, attempt: Decoded<Attempt>): Promise<boolean> {
    if (!(await this.server.available)) {
      return this.files.create(pathOf(folder, attempt), JSON.stringify(attempt));
    }
    try {
      await this.server.post('attempts', { folder, attempt });
      return true;
    } catch (error) {
      if (error instanceof RouteError && error.status === 409) {
        return false;
      }
      throw error;
    }
  }

  /** Say that this page is still at it, or what came of it. */
  async write(folder: string, attempt: Decoded<Attempt>): Promise<void> {
    await this.files.replace(pathOf(folder, attempt), JSON.stringify(attempt));
  }

  /** A file that holds no attempt takes its number, and nothing else of it counts. */
  private async attempt(
    path: string,
    number: number,
    age: number
  ): Promise<Decoded<Attempt> | null> {
    try {
      const read = decodeAttempt(await this.files.text(path));
      if (read.number === number) {
        return read;
      }
    } catch (error) {
      if (error instanceof MissingFileError) {
        return null; // Taken down in this moment.
      }
      if (!(error instanceof CorruptRecordError)) {
        throw error;
      }
    }
    const time = this.files.now() - age;
    const outcome = age < BEING_WRITTEN ? 'open' : 'abandoned';
    const nothing = { schema: 1, by: 'page' as const, who: '', checkpoint: null, detail: '' };
    return { ...nothing, number, time, step: 0, outcome };
  }

  private async journal(folder: string): Promise<Decoded<Attempt>[]> {
    let text: string;
    try {
      text = await this.files.end(joinPath(folder, 'journal.jsonl'), JOURNAL_END);
    } catch (error) {
      if (error instanceof MissingFileError) {
        return [];
      }
      throw error;
    }
    return text.split('\n').flatMap(line => {
      if (!line.startsWith('{"type":"attempt"')) {
        return []; // Most lines are steps.
      }
      try {
        const event = decodeEvent(line);
        return event?.type === 'attempt' ? [event.attempt] : [];
      } catch {
        return []; // Cut short by a kill.
      }
    });
  }
}

function pathOf(folder: string, attempt: Decoded<Attempt>): string {
  return joinPath(folder, `attempt-${attempt.number}.json`);
}
