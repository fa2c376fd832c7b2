/** Attempts to resume by itself, as files in the run folder: reads, makes, renews and closes them. */
import { ServerConnection } from '@jupyterlab/services';

import type { Attempt, FoundAttempt } from '../protocol';
import { FILES } from '../protocol';
import { addressOf } from '../runs/address';
import { decodeAttempt, decodeEvent, decodeFoundAttempts } from '../runs/codec';
import type { Item, RunFiles } from '../runs/files';
import { joinPath } from '../runs/location';
import type { ServerRoutes } from '../runs/server';
import { RouteError } from '../runs/server';
import { MissingFileError } from '../runs/tail';
import type { Decoded } from '../runs/values';
import { CorruptRecordError } from '../runs/values';
import type { Known } from '../resume/decide';

const NAME = /^attempt-([1-9]\d{0,5})\.json$/;

/** End of the journal that is read: attempts since the newest checkpoint are near it. */
const JOURNAL_END = 2 ** 20;

/** Seconds in which a file that holds no attempt may yet become one. */
const BEING_WRITTEN = 10;

export class AttemptFiles {
  /**
   * By folder, numbers that could not be made here. Jupyter lists no pipes, nor links that lead
   * nowhere; such a number would be tried for ever.
   */
  private readonly refused = new Map<string, Set<number>>();

  constructor(
    private readonly files: RunFiles,
    private readonly server: ServerRoutes
  ) {}

  /** All attempts, in their order. Files first: one that is taken down meanwhile is then seen twice, not never. */
  async read(folder: string): Promise<Known[]> {
    const known = new Map<number, Known>();
    for (const number of this.refused.get(folder) ?? []) {
      known.set(number, { attempt: unknown(number, 0, 'abandoned'), age: Infinity });
    }
    for (const { attempt, age } of await this.found(folder)) {
      known.set(attempt.number, { attempt, age });
    }
    for (const attempt of await this.journal(folder)) {
      known.set(attempt.number, { attempt, age: null });
    }
    return [...known.values()].sort((a, b) => a.attempt.number - b.attempt.number);
  }

  /** Make an attempt; false if somebody was faster, or something else has its name. */
  async claim(folder: string, attempt: Decoded<Attempt>): Promise<boolean> {
    const made = await this.make(folder, attempt);
    if (!made) {
      const refused = this.refused.get(folder) ?? new Set();
      this.refused.set(folder, refused.add(attempt.number));
    }
    return made;
  }

  /** Say that this page is still at it, or what came of it. */
  async write(folder: string, attempt: Decoded<Attempt>): Promise<void> {
    await this.files.replace(pathOf(folder, attempt), JSON.stringify(attempt));
  }

  private async make(folder: string, attempt: Decoded<Attempt>): Promise<boolean> {
    const address = await addressOf(folder, this.files, this.server);
    if (address === null) {
      return this.files.create(pathOf(folder, attempt), JSON.stringify(attempt));
    }
    try {
      await this.server.post('attempts', { folder: address, attempt });
      return true;
    } catch (error) {
      if (error instanceof RouteError && error.status === 409) {
        return false;
      }
      throw error;
    }
  }

  private async found(folder: string): Promise<readonly Decoded<FoundAttempt>[]> {
    const address = await addressOf(folder, this.files, this.server);
    if (address !== null) {
      const answer = await this.server.get('attempts', { folder: address });
      return decodeFoundAttempts(answer).attempts;
    }
    const found: Decoded<FoundAttempt>[] = [];
    for (const item of await this.files.list(folder)) {
      const number = Number(NAME.exec(item.name)?.[1]);
      if (!Number.isNaN(number)) {
        const age = Math.max(0, this.files.now() - item.modified / 1000);
        const attempt = await this.attempt(item, number, age);
        if (attempt !== null) {
          found.push({ attempt, age });
        }
      }
    }
    return found;
  }

  /** What holds no attempt takes its number, and nothing else of it counts. */
  private async attempt(item: Item, number: number, age: number): Promise<Decoded<Attempt> | null> {
    try {
      const read = item.folder ? null : decodeAttempt(await this.files.text(item.path));
      if (read?.number === number) {
        return read;
      }
    } catch (error) {
      if (error instanceof MissingFileError) {
        return null; // Taken down in this moment.
      }
      if (!(error instanceof CorruptRecordError || isRefusal(error))) {
        throw error;
      }
    }
    return unknown(number, this.files.now() - age, age < BEING_WRITTEN ? 'open' : 'abandoned');
  }

  private async journal(folder: string): Promise<Decoded<Attempt>[]> {
    let text: string;
    try {
      text = await this.files.end(joinPath(folder, FILES.journal), JOURNAL_END);
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
  return joinPath(folder, `${FILES.attempt}${attempt.number}.json`);
}

/** Whether the server will not give that file, whenever it is asked: it is a device's name, or not ours. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof ServerConnection.ResponseError &&
    error.response.status >= 400 &&
    error.response.status < 500
  );
}

function unknown(number: number, time: number, outcome: 'open' | 'abandoned'): Decoded<Attempt> {
  const nothing = { schema: 1, by: 'page' as const, who: '', checkpoint: null, detail: '' };
  return { ...nothing, number, time, step: 0, outcome };
}
