import '../require';

import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Contents } from '@jupyterlab/services';
import { ServerConnection } from '@jupyterlab/services';

import { RunFiles } from '../../src/runs/files';

const PATH = 'runs/r/control-1.json';
const TEMPORARY = `${PATH}.tmp`;

/** A server over files in memory; of its manager what is called here. */
class Server {
  readonly files = new Map<string, string>();
  folder = true;
  reachable = true;
  /** What happens to a request to rename. */
  renaming: () => void = () => {
    this.move();
  };

  readonly serverSettings = ServerConnection.makeSettings({
    baseUrl: 'http://server/',
    fetch: input => {
      const url = input instanceof Request ? input.url : input;
      const status = this.files.has(decodeURI(new URL(url).pathname.slice(1))) ? 200 : 404;
      return this.reachable
        ? Promise.resolve(new Response(null, { status }))
        : Promise.reject(new TypeError('Failed to fetch'));
    }
  });

  getDownloadUrl(path: string): Promise<string> {
    return Promise.resolve(`http://server/${path}`);
  }

  save(path: string, { content }: { content: string }): Promise<void> {
    this.files.set(path, content);
    return Promise.resolve();
  }

  rename(): Promise<void> {
    return Promise.resolve().then(() => {
      this.renaming();
    });
  }

  get(path: string): Promise<Partial<Contents.IModel>> {
    return this.folder && path === 'runs/r'
      ? Promise.resolve({ type: 'directory' })
      : Promise.reject(refusal(404, 'No such file or directory'));
  }

  move(): void {
    this.files.set(PATH, this.files.get(TEMPORARY) ?? '');
    this.files.delete(TEMPORARY);
  }
}

function refusal(status: number, message: string): Error {
  return new ServerConnection.ResponseError(new Response(null, { status }), message);
}

function opened(): { server: Server; files: RunFiles } {
  const server = new Server();
  return { server, files: new RunFiles(server as unknown as Contents.IManager) };
}

test('a file is whole under its name, and nothing else is left', async () => {
  const { server, files } = opened();
  await files.write(PATH, 'asked');
  assert.deepEqual([...server.files], [[PATH, 'asked']]);
});

// Jupyter looks at the file once more before it answers: 404 before that look, 500 within it.
for (const status of [404, 500]) {
  test(`a file that its reader took before the server answered was handed over (${status})`, async () => {
    const { server, files } = opened();
    server.renaming = () => {
      server.move();
      server.files.delete(PATH);
      throw refusal(status, `No such file or directory: ${PATH}`);
    };
    await files.write(PATH, 'asked');
    assert.equal(server.files.size, 0);
  });
}

for (const [status, message] of [
  [403, 'Permission denied'],
  [404, 'No such file or directory'],
  [500, 'No space left on device']
] as const) {
  test(`a file that was not renamed is told: ${status} ${message}`, async () => {
    const { server, files } = opened();
    server.renaming = () => {
      throw refusal(status, message);
    };
    await assert.rejects(files.write(PATH, 'asked'), { message });
  });
}

test('a file in a folder that went meanwhile is told', async () => {
  const { server, files } = opened();
  server.renaming = () => {
    server.files.clear();
    server.folder = false;
    throw refusal(404, `File or directory does not exist: ${TEMPORARY}`);
  };
  await assert.rejects(files.write(PATH, 'asked'), /does not exist/);
});

test('a server that went meanwhile is told, in its first words', async () => {
  const { server, files } = opened();
  server.renaming = () => {
    server.reachable = false;
    throw new TypeError('NetworkError when attempting to fetch');
  };
  await assert.rejects(files.write(PATH, 'asked'), /NetworkError/);
});
