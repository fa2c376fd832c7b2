/** Our extension of the Jupyter Server, where there is one: every caller must do without, too. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

/** The server refused or could not do what a route was asked for; the message is for a person. */
export class RouteError extends Error {
  constructor(
    readonly status: number,
    message: string
  ) {
    super(message);
  }
}

export class ServerRoutes {
  private asked: Promise<boolean> | null = null;

  constructor(private readonly settings: ServerConnection.ISettings) {}

  /** Whether the extension answers; asked once. */
  get available(): Promise<boolean> {
    this.asked ??= this.fetch('about', {}, {}).then(
      response => response.ok,
      () => {
        this.asked = null; // The server is away: ask again when it may be back.
        return false;
      }
    );
    return this.asked;
  }

  /** The text of a route's answer, which the codec decodes. */
  async get(route: string, parameters: Record<string, string> = {}): Promise<string> {
    return text(await this.fetch(route, parameters, {}));
  }

  /** Have something done. */
  async post(route: string, body: object): Promise<string> {
    return text(await this.fetch(route, {}, { method: 'POST', body: JSON.stringify(body) }));
  }

  private fetch(
    route: string,
    parameters: Record<string, string>,
    init: RequestInit
  ): Promise<Response> {
    const url = URLExt.join(this.settings.baseUrl, 'kresume', route);
    const query = URLExt.objectToQueryString(parameters);
    return ServerConnection.makeRequest(url + query, init, this.settings);
  }
}

async function text(response: Response): Promise<string> {
  const content = await response.text();
  if (response.ok) {
    return content;
  }
  let message = `${response.status} ${response.statusText}`;
  try {
    const told: unknown = JSON.parse(content);
    if (typeof told === 'object' && told !== null && 'message' in told) {
      message = String(told.message);
    }
  } catch {
    // Not ours: a proxy's page, for example.
  }
  throw new RouteError(response.status, message);
}
