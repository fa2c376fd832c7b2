/** Runs and checkpoints of a comparison over a widget's comm: its kernel reads them. */
import type { IDisposable } from '@lumino/disposable';

import type { ChangesSource } from '../compare/data/changes';
import { decodeCompared } from '../compare/data/codec';
import type { CompareSource, Following, Known } from '../compare/data/model';
import type { Changes, ChangeSeries, CheckpointRef, CompareAsk, Histogram } from '../protocol';
import * as decoders from '../runs/decoders';
import type { Decoded } from '../runs/values';
import { CorruptRecordError, plain } from '../runs/values';
import type { Channel } from './channel';

/** Runs that are asked for at a time. */
const AT_ONCE = 4;
const LIVE_MS = 2000;
/**
 * A question about a run is cheap, and is asked again: a comm's first messages can be lost. Those
 * about checkpoints, which come when runs were heard of, are not.
 */
const AGAIN_MS = 3000;

/** All of a run, or what is needed of it at first. */
type Wanted = Extract<CompareAsk['what'], 'run' | 'whole'>;
type Question = Omit<CompareAsk, 'type' | 'id'>;

interface Answer {
  value: unknown;
  lost: boolean;
}

interface Waiting {
  answered: (answer: Answer) => void;
  failed: (error: Error) => void;
}

export class KernelCompared implements CompareSource, ChangesSource, IDisposable {
  readonly available = Promise.resolve(true);
  private readonly waiting = new Map<string, Waiting>();
  private asked = 0;
  private disposed = false;

  constructor(private readonly channel: Channel) {
    channel.on('msg:custom', this.onMessage);
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    this.disposed = true;
    this.waiting.clear();
    this.channel.off('msg:custom', this.onMessage);
  }

  follow(keys: readonly string[], told: (news: readonly Known[]) => void): Following {
    let ended = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const thin = new Set<string>();
    const round = async (wanted: readonly string[], what: Wanted = 'run'): Promise<void> => {
      const live: string[] = [];
      for (let first = 0; first < wanted.length; first += AT_ONCE) {
        const some = wanted.slice(first, first + AT_ONCE);
        const news = await Promise.all(some.map(key => this.run(key, what)));
        for (const { run } of news) {
          thin[run.thinned > 0 ? 'add' : 'delete'](run.key);
        }
        live.push(
          ...news.filter(({ run }) => run.summary?.status === 'running').map(({ run }) => run.key)
        );
        if (ended) {
          return;
        }
        told(news);
      }
      if (live.length > 0 && what === 'run') {
        timer = setTimeout(() => void round(live), LIVE_MS);
      }
    };
    void round(keys);
    return {
      whole: () => round([...thin], 'whole'),
      get isDisposed() {
        return ended;
      },
      dispose: () => {
        ended = true;
        clearTimeout(timer);
      }
    };
  }

  async series(run: string): Promise<Decoded<ChangeSeries>> {
    const { value } = await this.ask({ what: 'series', run, a: null, b: null, variable: '' });
    return decoders.changeSeries(value);
  }

  async changes(a: CheckpointRef, b: CheckpointRef): Promise<Decoded<Changes>> {
    const { value } = await this.ask({ what: 'changes', run: '', a, b, variable: '' });
    return decoders.changes(value);
  }

  async histogram(
    a: CheckpointRef,
    b: CheckpointRef,
    variable: string
  ): Promise<Decoded<Histogram>> {
    const { value } = await this.ask({ what: 'histogram', run: '', a, b, variable });
    return decoders.histogram(value);
  }

  private async run(key: string, what: Wanted): Promise<Known> {
    try {
      const question: Question = { what, run: key, a: null, b: null, variable: '' };
      const { value, lost } = await this.ask(question, AGAIN_MS);
      return { run: decodeCompared(value), lost };
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      const run = { key, title: '', header: null, summary: null, history: {}, problem, thinned: 0 };
      return { run, lost: false };
    }
  }

  private ask(question: Question, again?: number): Promise<Answer> {
    const id = `ask-${++this.asked}`;
    const asking: CompareAsk = { type: 'compare-ask', id, ...question };
    return new Promise((resolve, reject) => {
      const send = (): void => {
        this.channel.send(asking);
      };
      const timer =
        again === undefined
          ? undefined
          : setInterval(() => {
              if (this.disposed) {
                clearInterval(timer);
              } else {
                send();
              }
            }, again);
      this.waiting.set(id, {
        answered: answer => {
          clearInterval(timer);
          resolve(answer);
        },
        failed: error => {
          clearInterval(timer);
          reject(error);
        }
      });
      send();
    });
  }

  private readonly onMessage = (value: unknown): void => {
    try {
      if (plain(value).type !== 'compare-answer') {
        return; // A newer version's.
      }
      const { id, answer, lost, problem } = decoders.compareAnswer(value);
      const waiting = this.waiting.get(id);
      this.waiting.delete(id);
      if (problem !== '') {
        waiting?.failed(new Error(problem));
      } else {
        waiting?.answered({ value: JSON.parse(answer) as unknown, lost });
      }
    } catch (error) {
      if (!(error instanceof CorruptRecordError || error instanceof SyntaxError)) {
        throw error;
      }
    }
  };
}
