/** How each run's charts were last looked at in this browser. */
import type { Choices } from './choices';
import { decodeChoices, PLAIN } from './choices';

const STORED = 'kresume_nb:charts';

/** Of so many runs; the one not touched for longest is forgotten first. */
const MOST = 100;

type Entry = [folder: string, choices: unknown];

export class RememberedChoices {
  constructor(private readonly storage: Pick<Storage, 'getItem' | 'setItem'>) {}

  /** The choices for the run in `folder`. */
  of(folder: string): Choices {
    const entry = this.read().find(([name]) => name === folder);
    return entry === undefined ? PLAIN : decodeChoices(entry[1]);
  }

  /** Keep them for the next time. */
  set(folder: string, choices: Choices): void {
    const entries: Entry[] = [
      ...this.read().filter(([name]) => name !== folder),
      [folder, choices]
    ];
    try {
      this.storage.setItem(STORED, JSON.stringify(entries.slice(-MOST)));
    } catch {
      // The storage is full or forbidden: the choices hold until the page is closed.
    }
  }

  private read(): Entry[] {
    try {
      const entries: unknown = JSON.parse(this.storage.getItem(STORED) ?? '[]');
      return Array.isArray(entries) ? entries.filter(isEntry) : [];
    } catch {
      return []; // Damaged: the charts look as they do at first.
    }
  }
}

function isEntry(value: unknown): value is Entry {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string';
}
