/** What to make of a kernel that the server sees otherwise than its page: pure, but for counting. */

/** Looks in a row after which the page's connection is made anew, and after which it is of no use. */
const RECONNECT = 2;
const GONE = 5;

/** Longer while it starts: importing its libraries may take its time. */
const GONE_STARTING = 20;

export class Silence {
  private odd = 0;
  private busy = 0;
  private nextAsk = RECONNECT;

  /** `wanted`: what the kernel should be doing, for as long as the page hears of nothing else. */
  constructor(private readonly wanted: 'busy' | 'idle') {}

  /** `state`: how the kernel stands, as the server says; null if it has no such kernel. */
  heard(state: string | null): 'fine' | 'ask' | 'reconnect' | 'gone' {
    if (state === null || state === 'dead') {
      return 'gone';
    }
    // Waiting for an idle kernel: one that is busy is waited for. But ipykernel says busy for good when
    // it meets an error in its control channel: then it answers if it is asked, and is idle after that.
    if (state === 'busy') {
      this.odd = 0;
      if (this.wanted === 'idle' && ++this.busy === this.nextAsk) {
        this.nextAsk *= 2;
        return 'ask';
      }
      return 'fine';
    }
    this.odd++;
    if (this.odd >= (state === 'idle' ? GONE : GONE_STARTING)) {
      return 'gone';
    }
    return this.wanted === 'idle' && state === 'idle' && this.odd === RECONNECT
      ? 'reconnect'
      : 'fine';
  }
}
