/** Runs to compare, read from their folders on the server and followed while they are written. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { Poll } from '@lumino/polling';

import type { RestartSource } from '../../runs/folder';
import type { ServerRoutes } from '../../runs/server';
import { decodeCompared } from './codec';
import type { CompareFiles } from './remoteRun';
import { FollowedRun } from './remoteRun';
import type { ComparedRun } from './labels';
import type { CompareSource, Following, Known } from './model';

/** Runs that are read at a time: a browser asks a server for no more at once. */
const AT_ONCE = 6;
/** What has become known is told so often, so that the page draws some rather than waits for all. */
const TELL_MS = 120;
const LIVE_MS = 2000;
/** More runs than this are read as their extremes first, where somebody can tell those. */
const FEW = 12;

/** A run without most of its epochs if it is long; null if nobody can tell. */
export type Outline = (key: string) => Promise<ComparedRun | null>;

/** As our extension of the server tells it. */
export function outlineBy(server: Pick<ServerRoutes, 'available' | 'get'>): Outline {
  return async key => {
    if (!(await server.available)) {
      return null;
    }
    try {
      return decodeCompared(JSON.parse(await server.get('compared', { run: key })));
    } catch {
      return null; // Whoever reads the files finds out what is wrong.
    }
  };
}

export class FolderSource implements CompareSource {
  constructor(
    private readonly files: CompareFiles,
    private readonly kernels: Pick<RestartSource, 'restartOf'>,
    private readonly trans: TranslationBundle,
    private readonly outline: Outline = () => Promise.resolve(null)
  ) {}

  follow(keys: readonly string[], told: (news: readonly Known[]) => void): Following {
    const outline = keys.length > FEW ? this.outline : null;
    const runs = keys.map(key => new FollowedRun(key, this.files, this.kernels, this.trans));
    let news: Known[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    let ended = false;
    const tell = (): void => {
      timer = undefined;
      const some = news;
      news = [];
      if (!ended && some.length > 0) {
        told(some);
      }
    };
    const note = (run: FollowedRun): void => {
      news.push(run.known);
      timer ??= setTimeout(tell, TELL_MS);
    };
    const all = async (
      some: readonly FollowedRun[],
      task: (run: FollowedRun) => Promise<boolean>
    ): Promise<void> => {
      const queue = [...some];
      const work = async (): Promise<void> => {
        for (let run = queue.shift(); run !== undefined && !ended; run = queue.shift()) {
          if (await task(run)) {
            note(run);
          }
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    };
    let filling: Promise<void> | null = null;
    const whole = (): Promise<void> => {
      const work = async (): Promise<void> => {
        const thin = runs.filter(run => run.thin);
        await all(thin, run => run.whole());
        clearTimeout(timer);
        tell();
        filling = null;
      };
      return (filling ??= work());
    };
    let began = false;
    const poll = new Poll({
      name: 'kresume_nb:compare',
      factory: async () => {
        if (!began) {
          await all(runs, run => run.read(outline));
          clearTimeout(timer);
          tell();
          await all(runs, run => run.complete());
          if (runs.some(run => run.thin && run.forked)) {
            await whole(); // A fork stands where its parent's epochs do, so all of them are needed.
          }
          began = true;
        } else {
          await all(
            runs.filter(run => run.live),
            run => run.refresh()
          );
        }
      },
      frequency: { interval: LIVE_MS, backoff: true, max: 30_000 },
      standby: 'when-hidden'
    });
    return {
      whole,
      get isDisposed() {
        return ended;
      },
      dispose: () => {
        ended = true;
        clearTimeout(timer);
        poll.dispose();
      }
    };
  }
}
