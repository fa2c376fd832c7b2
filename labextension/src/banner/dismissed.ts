/** Which offers a person has waved away: a run at a position, so that the next kill offers again. */
import type { Position } from '../protocol';

const STORED = 'kresume_nb:dismissed';
const MOST = 200;

export class Dismissals {
  constructor(private readonly storage: Pick<Storage, 'getItem' | 'setItem'>) {}

  add(folder: string, position: Position): void {
    const entries = [
      ...this.read().filter(entry => entry !== key(folder, position)),
      key(folder, position)
    ];
    this.storage.setItem(STORED, JSON.stringify(entries.slice(-MOST)));
  }

  has(folder: string, position: Position): boolean {
    return this.read().includes(key(folder, position));
  }

  private read(): string[] {
    try {
      const entries: unknown = JSON.parse(this.storage.getItem(STORED) ?? '[]');
      return Array.isArray(entries) ? entries.filter(entry => typeof entry === 'string') : [];
    } catch {
      return []; // Damaged: the worst is one offer too many.
    }
  }
}

function key(folder: string, { epoch, batch, step }: Position): string {
  return `${folder}\n${epoch}/${batch}/${step}`;
}
