/** Lists runs by the server extension: all in one answer. */
import { decodeRows } from '../runs/codec';
import type { RunFiles } from '../runs/files';
import type { ServerRoutes } from '../runs/server';
import type { Entry, Row } from './entry';
import { entryOf } from './entry';
import type { Listing, RowSource } from './source';

export class RouteRows implements RowSource {
  /** `local` strips the drive from a path: the extension knows files only. */
  constructor(
    private readonly server: ServerRoutes,
    private readonly files: RunFiles,
    private readonly local: (path: string) => string
  ) {}

  async folder(path: string): Promise<Listing> {
    const local = this.local(path);
    const drive = path.slice(0, path.length - local.length);
    const { entries, complete } = await this.list({ folder: local });
    return {
      entries: entries.map(entry => ({ ...entry, folder: drive + entry.folder })),
      complete
    };
  }

  below(): Promise<Listing> {
    return this.list({ below: '' });
  }

  read(entry: Entry): Promise<Row> {
    return Promise.reject(new Error(`${entry.folder} was listed without its row`));
  }

  now(): number {
    return this.files.now();
  }

  private async list(parameters: Record<string, string>): Promise<Listing> {
    const { rows, complete } = decodeRows(await this.server.get('runs', parameters));
    return { entries: rows.map(entryOf), complete };
  }
}
