/** What a route of our server extension takes for a path, where it can be asked at all. */
import type { RunFiles } from './files';
import type { ServerRoutes } from './server';

/** Null if the extension is not there, or the path is in a drive whose files are elsewhere. */
export async function addressOf(
  path: string,
  files: Pick<RunFiles, 'onServer'>,
  server: Pick<ServerRoutes, 'available'>
): Promise<string | null> {
  const address = files.onServer(path);
  return address !== null && (await server.available) ? address : null;
}
