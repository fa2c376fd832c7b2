/** Keeps the switches: on the user's server, or, where it has no extension of ours, in this browser. */
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { AutoSwitch } from '../protocol';
import { FILES } from '../protocol';
import { addressOf } from '../runs/address';
import { decodeHeader, decodeSwitch } from '../runs/codec';
import type { RunFiles } from '../runs/files';
import { joinPath } from '../runs/location';
import type { ServerRoutes } from '../runs/server';
import type { Decoded } from '../runs/values';
import type { IAutoResume } from './autoTokens';

const STORED = 'kresume_nb:auto';
const OFF: Decoded<AutoSwitch> = { on: false, since: null, unattended: false };

/** What the switches need of the server. */
export interface Routes extends Pick<ServerRoutes, 'get' | 'post'> {
  readonly available: Promise<boolean>;
}

export class Switches implements IAutoResume {
  private readonly signal = new Signal<this, string>(this);

  constructor(
    private readonly server: Routes,
    private readonly files: Pick<RunFiles, 'text' | 'now' | 'onServer'>,
    private readonly storage: Pick<Storage, 'getItem' | 'setItem'>
  ) {}

  get changed(): ISignal<this, string> {
    return this.signal;
  }

  async enabled(folder: string): Promise<boolean> {
    return (await this.read(folder)).on;
  }

  async read(folder: string): Promise<Decoded<AutoSwitch>> {
    const address = await addressOf(folder, this.files, this.server);
    if (address !== null) {
      return decodeSwitch(await this.server.get('auto', { folder: address }));
    }
    const kept = this.kept().get(folder);
    if (kept === undefined) {
      return OFF;
    }
    const on = kept.created === (await this.created(folder));
    return on ? { on, since: kept.since, unattended: false } : OFF;
  }

  async set(folder: string, on: boolean): Promise<void> {
    const address = await addressOf(folder, this.files, this.server);
    if (address !== null) {
      await this.server.post('auto', { folder: address, on });
    } else {
      const kept = this.kept();
      if (on) {
        kept.set(folder, { created: await this.created(folder), since: this.files.now() });
      } else {
        kept.delete(folder);
      }
      this.storage.setItem(STORED, JSON.stringify([...kept].slice(-MOST)));
    }
    this.signal.emit(folder);
  }

  /** When the run was made: another one in the same place has its switch off. */
  private async created(folder: string): Promise<number> {
    return decodeHeader(await this.files.text(joinPath(folder, FILES.header))).created;
  }

  private kept(): Map<string, Kept> {
    try {
      const entries: unknown = JSON.parse(this.storage.getItem(STORED) ?? '[]');
      return new Map(Array.isArray(entries) ? entries.filter(isEntry) : []);
    } catch {
      return new Map(); // Damaged: nothing is on.
    }
  }
}

const MOST = 200;

interface Kept {
  created: number;
  since: number;
}

function isEntry(entry: unknown): entry is [string, Kept] {
  if (!Array.isArray(entry) || typeof entry[0] !== 'string') {
    return false;
  }
  const kept = entry[1] as Partial<Kept> | null;
  return typeof kept?.created === 'number' && typeof kept.since === 'number';
}
