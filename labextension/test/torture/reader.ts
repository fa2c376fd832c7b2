/**
 * Reads run folders as the page does, for `make torture`: a folder a line on standard input, a line of
 * JSON for each on standard output. Whatever lies there, a file is read or refused in our own words.
 */
import '../require';

import { readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { TimedState } from '../../src/runs/clock';
import {
  decodeAttempt,
  decodeHeader,
  decodeHistory,
  decodeMarks,
  decodeRows,
  schemaOf
} from '../../src/runs/codec';
import { WHOLE } from '../../src/runs/limits';
import { LineSplitter } from '../../src/runs/lines';
import { RunModel } from '../../src/runs/model';
import { CorruptRecordError } from '../../src/runs/values';

const PIECE = 2 ** 20;

interface Answer {
  /** What was refused. */
  refused: string[];
  /** What was thrown besides: a loss. */
  thrown: string[];
  /** The longest time that the page stood still; milliseconds. */
  longest: number;
}

function attempt(answer: Answer, name: string, read: () => void): void {
  const began = performance.now();
  try {
    read();
  } catch (error) {
    const refused = error instanceof CorruptRecordError;
    (refused ? answer.refused : answer.thrown).push(`${name}: ${String(error).slice(0, 200)}`);
  }
  answer.longest = Math.max(answer.longest, performance.now() - began);
}

/** A run whose journal comes from a file. */
class FileModel extends RunModel {
  constructor() {
    super(
      '',
      'run',
      () => new TimedState(),
      () => 0
    );
  }

  protected readonly cutShort = false;

  protected deliver(): Promise<void> {
    return Promise.reject(new Error('Nobody is asked'));
  }

  take(lines: string[]): void {
    this.apply(lines);
  }
}

function journal(answer: Answer, bytes: Uint8Array): void {
  const model = new FileModel();
  const splitter = new LineSplitter();
  for (let from = 0; from < bytes.length; from += PIECE) {
    attempt(answer, 'journal.jsonl', () => {
      model.take(splitter.push(bytes.subarray(from, from + PIECE)));
    });
  }
  attempt(answer, 'journal.jsonl', () => {
    model.dispose();
  });
}

function read(folder: string): Answer {
  const answer: Answer = { refused: [], thrown: [], longest: 0 };
  const readers: Record<string, (bytes: Uint8Array) => void> = {
    'run.json': bytes => {
      const json = new TextDecoder().decode(bytes);
      schemaOf(json);
      decodeHeader(json);
    },
    'history.json': bytes => decodeHistory(new TextDecoder().decode(bytes)),
    'marks.json': bytes => decodeMarks(new TextDecoder().decode(bytes)),
    'attempt-1.json': bytes => decodeAttempt(new TextDecoder().decode(bytes)),
    'rows.json': bytes => decodeRows(new TextDecoder().decode(bytes))
  };
  for (const [name, take] of Object.entries(readers)) {
    const bytes = content(join(folder, name));
    if (bytes !== null) {
      attempt(answer, name, () => {
        take(bytes);
      });
    }
  }
  const bytes = content(join(folder, 'journal.jsonl'));
  if (bytes !== null) {
    journal(answer, bytes);
  }
  return answer;
}

/** What the server would send of a file, and the page take: regular ones, of bounded size. */
function content(path: string): Uint8Array | null {
  try {
    const found = statSync(path);
    return found.isFile() && found.size <= WHOLE ? readFileSync(path) : null;
  } catch {
    return null;
  }
}

for await (const folder of createInterface({ input: process.stdin })) {
  writeSync(1, `${JSON.stringify(read(folder))}\n`);
}
