/** Reads run folders through Jupyter's server: the one module here that knows its addresses. */
import type { Contents } from '@jupyterlab/services';
import { ServerConnection } from '@jupyterlab/services';

import { WHOLE } from './limits';
import { folderOf, joinPath } from './location';
import type { FetchRange } from './tail';
import { MissingFileError } from './tail';
import { CorruptRecordError } from './values';
import { FILES } from '../protocol';

/** A file or a folder in a listing. */
export interface Listed {
  path: string;
  name: string;
  /** When something in it was last made, renamed or deleted; milliseconds since 1970. */
  modified: number;
}

/** What a listing says besides. */
export interface Item extends Listed {
  bytes: number;
  /** Whether it is a folder. */
  folder: boolean;
}

/** The server's own files, and the same shared by several people (jupyter-collaboration). */
const OWN_DRIVES: ReadonlySet<string> = new Set(['', 'RTC']);

export class RunFiles {
  /** Server's clock minus the page's, in seconds; known to about a second. */
  private skew = 0;

  constructor(private readonly contents: Contents.IManager) {}

  /** Seconds since 1970 in the server's clock, which the files' times are in. */
  now(): number {
    return Date.now() / 1000 + this.skew;
  }

  /** For following a file as it grows. */
  range(path: string): FetchRange {
    return (from, to) => this.request(path, { headers: { Range: `bytes=${from}-${to}` } });
  }

  /** The text of a file. */
  async text(path: string): Promise<string> {
    const response = checked(await this.request(path, {}), path);
    const bytes = Number(response.headers.get('Content-Length') ?? 0);
    if (bytes > WHOLE) {
      await response.body?.cancel();
      throw new CorruptRecordError(`${path} has ${bytes} bytes, more than ${WHOLE}`);
    }
    return response.text();
  }

  /** The last `bytes` of a file, or all of it if it is shorter. */
  async end(path: string, bytes: number): Promise<string> {
    const response = await this.request(path, { headers: { Range: `bytes=-${bytes}` } });
    return response.status === 416 ? '' : checked(response, path).text(); // 416: it is empty.
  }

  /** Seconds since a run's process gave a sign of life, in the server's clock; null if it never did. */
  heartbeatAge(folder: string): Promise<number | null> {
    return this.age(joinPath(folder, FILES.heartbeat));
  }

  /** Seconds since a file was last touched, in the server's clock; null if it is not there. */
  async age(path: string): Promise<number | null> {
    const response = await this.request(path, { method: 'HEAD' });
    if (response.status === 404) {
      return null;
    }
    const date = Date.parse(response.headers.get('Date') ?? '');
    const touched = Date.parse(response.headers.get('Last-Modified') ?? '');
    const age = (date - touched) / 1000;
    return Number.isNaN(age) ? null : age;
  }

  /**
   * Make a file that is whole for whoever reads it: saved under a temporary name, then renamed.
   * (`save` writes in place on some servers.) Its reader may take it away at once.
   */
  async write(path: string, text: string): Promise<void> {
    const temporary = `${path}.tmp`;
    await this.contents.save(temporary, { type: 'file', format: 'text', content: text });
    try {
      await this.contents.rename(temporary, path);
    } catch (error) {
      if (!(await this.moved(temporary).catch(() => false))) {
        throw error;
      }
    }
  }

  /** Make a file if there is none of that name; false if there is. */
  async create(path: string, text: string): Promise<boolean> {
    const temporary = `${path}.${Math.random().toString(36).slice(2)}.tmp`;
    await this.replace(temporary, text);
    try {
      await this.contents.rename(temporary, path); // Jupyter's never replaces a file.
      return true;
    } catch (error) {
      await this.contents.delete(temporary).catch(() => undefined); // The next writer does.
      if (error instanceof ServerConnection.ResponseError && error.response.status === 409) {
        return false;
      }
      throw error;
    }
  }

  /** Write over a file, or make it. Who reads meanwhile must bear with half of it. */
  async replace(path: string, text: string): Promise<void> {
    await this.contents.save(path, { type: 'file', format: 'text', content: text });
  }

  /** The path as our server extension takes it; null in a drive whose files are elsewhere. */
  onServer(path: string): string | null {
    return OWN_DRIVES.has(this.contents.driveName(path)) ? this.contents.localPath(path) : null;
  }

  /** The folders in a folder. */
  async folders(folder: string): Promise<Listed[]> {
    return (await this.list(folder)).filter(one => one.folder);
  }

  /** What is in a folder. */
  async list(folder: string): Promise<Item[]> {
    const model = await this.contents.get(folder, { content: true });
    const items = (model.type === 'directory' ? model.content : []) as Contents.IModel[];
    return items.map(item => ({
      path: joinPath(folder, item.name),
      name: item.name,
      modified: Date.parse(item.last_modified),
      bytes: item.size ?? 0,
      folder: item.type === 'directory'
    }));
  }

  /**
   * Whether a file that was saved here has left its folder. A refused rename does not tell: Jupyter
   * moves the file, then looks at it, and fails (404, 500) if its reader has taken it in between.
   */
  private async moved(path: string): Promise<boolean> {
    const response = await this.request(path, { method: 'HEAD' });
    if (response.status !== 404) {
      return false;
    }
    await this.contents.get(folderOf(path), { content: false }); // Fails if all of it is gone.
    return true;
  }

  private async request(path: string, init: RequestInit): Promise<Response> {
    const url = await this.contents.getDownloadUrl(path);
    const response = await ServerConnection.makeRequest(
      url,
      { cache: 'no-store', ...init },
      this.contents.serverSettings
    );
    const date = Date.parse(response.headers.get('Date') ?? '');
    if (!Number.isNaN(date)) {
      this.skew = date / 1000 + 0.5 - Date.now() / 1000;
    }
    return response;
  }
}

function checked(response: Response, path: string): Response {
  if (response.status === 404) {
    throw new MissingFileError(`Not found: ${path}`);
  }
  if (!response.ok) {
    throw new ServerConnection.ResponseError(response);
  }
  return response;
}
