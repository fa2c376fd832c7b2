/** Runs to compare, read from their folders on the server and followed while they are written. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';

import type { RestartSource } from '../runs/folder';
import type { CompareFiles } from './followed';
import { FollowedRun } from './followed';
import type { CompareSource, Known } from './model';

/** Runs that are read at a time: a browser asks a server for no more at once. */
const AT_ONCE = 6;
/** What has become known is told so often, so that the page draws some rather than waits for all. */
const TELL_MS = 120;
const LIVE_MS = 2000;

export class FolderSource implements CompareSource {
  constructor(
    private readonly files: CompareFiles,
    private readonly kernels: Pick<RestartSource, 'restartOf'>,
    private readonly trans: TranslationBundle
  ) {}

  follow(keys: readonly string[], told: (news: readonly Known[]) => void): IDisposable {
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
    let began = false;
    const poll = new Poll({
      name: 'kresume_nb:compare',
      factory: async () => {
        if (!began) {
          await all(runs, run => run.read());
          clearTimeout(timer);
          tell();
          await all(runs, run => run.complete());
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
