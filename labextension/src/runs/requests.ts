/** What this page asks of a training, until the training's journal answers. No I/O of its own. */
import type { Control, Controlled } from '../protocol';
import { SCHEMA } from '../protocol';
import type { Decoded } from './values';

export type Action = Control['action'];
export type Answer = Decoded<Controlled>;

/**
 * Why a request has no answer. `unsent`: it could not be handed over; `ended`: nobody trains, or
 * training ended before it looked.
 */
export class RequestError extends Error {
  override name = 'RequestError';

  constructor(
    readonly kind: 'unsent' | 'ended',
    message: string
  ) {
    super(message);
  }
}

interface Waiting {
  request: Decoded<Control>;
  resolve: (answer: Answer) => void;
  reject: (error: RequestError) => void;
}

export class Requests {
  private readonly waiting = new Map<string, Waiting>();

  /**
   * `deliver` hands a request over; `now` is in seconds since 1970, in the server's clock, so that
   * requests of several pages have an order.
   */
  constructor(
    private readonly deliver: (request: Decoded<Control>) => Promise<void>,
    private readonly now: () => number
  ) {}

  /** Requests without an answer, oldest first. */
  get asked(): readonly Decoded<Control>[] {
    return [...this.waiting.values()].map(({ request }) => request);
  }

  /** Resolves with the answer, a refusal included; rejects with a RequestError if there is none. */
  async send(action: Action, value: number | null): Promise<Answer> {
    const time = this.now();
    const request = { schema: SCHEMA, id: identifier(time), action, value, time };
    const answer = new Promise<Answer>((resolve, reject) => {
      this.waiting.set(request.id, { request, resolve, reject });
    });
    answer.catch(() => undefined); // It may be given up before it is handed over.
    try {
      await this.deliver(request);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.drop(request.id)?.reject(new RequestError('unsent', message));
    }
    return answer;
  }

  /** Training answered somebody's request. */
  answered(answer: Answer): void {
    this.drop(answer.id)?.resolve(answer);
  }

  /** A request was handed over in vain. */
  failed(id: string, message: string): void {
    this.drop(id)?.reject(new RequestError('ended', message));
  }

  /** Nobody is left to answer. */
  abandon(message: string): void {
    for (const { request } of [...this.waiting.values()]) {
      this.drop(request.id)?.reject(new RequestError('ended', message));
    }
  }

  private drop(id: string): Waiting | undefined {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    return waiting;
  }
}

/** Sorts by time, and no two pages make the same one. (`randomUUID` is missing without TLS.) */
function identifier(time: number): string {
  const random = [...crypto.getRandomValues(new Uint8Array(6))];
  const hex = random.map(byte => byte.toString(16).padStart(2, '0')).join('');
  return `${String(Math.floor(time * 1000)).padStart(13, '0')}-${hex}`;
}
