/** Follows a run over a widget's comm, which reaches no further than its kernel lives. */
import type { Control, Header, Heard, Lines, Reopen, Wish } from '../protocol';
import { decodeHeader } from '../runs/codec';
import type { RunState } from '../runs/fold';
import { RunModel } from '../runs/model';
import type { Decoded } from '../runs/values';
import { CorruptRecordError } from '../runs/values';
import type { Channel } from './channel';
import { decodeHead, decodeMessage } from './messages';

/** A kernel says something every 2 s; one that is silent for longer is gone. */
const SILENT_MS = 10_000;
/** A kernel that takes longer to answer reads no messages while a cell runs. */
const LATE_MS = 1500;
const LOOK_MS = 1000;
/**
 * When to ask once more, after so long: JupyterLab sends a comm's first messages to the busy part of
 * the kernel, and later ones to a subshell that it starts meanwhile.
 */
const AGAIN_MS = [2000, 5000, 12_000];

export class WidgetModel extends RunModel {
  /** Lines of the journal that were applied. */
  private next = 0;
  /** Whether lines were missed that the kernel was asked for again. */
  private gap = false;
  private asking = 0;
  private heardAt = Date.now();
  private readonly opened = Date.now();
  private heardFrom = false;
  private repeated = 0;
  private readonly looking: ReturnType<typeof setInterval>;

  constructor(
    private readonly channel: Channel,
    newState: () => RunState
  ) {
    super(textOf(channel, 'folder'), textOf(channel, 'name'), newState, () => Date.now() / 1000);
    this.header = headerOf(channel);
    channel.on('msg:custom', this.onMessage);
    channel.on('change:head', this.onHead);
    this.onHead();
    this.reopen();
    this.looking = setInterval(() => {
      this.look();
    }, LOOK_MS);
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    clearInterval(this.looking);
    this.channel.off('msg:custom', this.onMessage);
    this.channel.off('change:head', this.onHead);
    super.dispose();
  }

  /** Only whole lines are sent. */
  protected override get cutShort(): boolean {
    return false;
  }

  protected override deliver(request: Decoded<Control>): Promise<void> {
    const { id, schema, action } = request;
    // A value that JSON lacks can only be refused, as none at all is.
    const [value, time] = [request.value, request.time].map(number =>
      number !== null && Number.isFinite(number) ? number : null
    ) as [number | null, number];
    const wish: Wish = { type: 'wish', control: { schema, id, action, value, time } };
    this.channel.send(wish);
    return Promise.resolve();
  }

  private readonly onHead = (): void => {
    this.heardAt = Date.now();
    this.take(0, decodeHead(this.channel.get('head')));
  };

  private readonly onMessage = (value: unknown): void => {
    let message: Heard | Lines | null;
    try {
      message = decodeMessage(value);
    } catch (error) {
      if (error instanceof CorruptRecordError) {
        return; // Nothing to go by; lines that it held are asked for when the next ones come.
      }
      throw error;
    }
    this.heardAt = Date.now();
    if (message?.type === 'heard') {
      this.onHeard(message);
    } else if (message !== null) {
      const before = this.life;
      this.life = message.alive ? 'alive' : 'dead';
      this.take(message.first, message.lines, before !== this.life);
    }
  };

  private onHeard({ id, taken }: Heard): void {
    this.heardFrom = true;
    if (!taken) {
      this.refused(id, 'No training took it');
    }
    if (this.late || !taken) {
      this.late = false;
      this.emit();
    }
  }

  /** Lines `first` and on; those known already are passed over. */
  private take(first: number, lines: readonly string[], news = false): void {
    if (this.gap && first === 0 && lines.length > 0) {
      this.state = this.newState();
      this.next = 0;
      this.gap = false;
    }
    if (first > this.next && !this.gap) {
      this.gap = true; // What there is, is shown meanwhile.
      this.reopen();
    }
    const added = lines.slice(Math.max(0, this.next - first)).filter(line => line.trim() !== '');
    this.next = Math.max(this.next, first + lines.length);
    this.apply(added);
    if (added.length > 0 || news || !this.loaded) {
      this.emit();
    }
  }

  /** Ask for what is not known yet. The kernel's answer also shows whether it listens. */
  private reopen(): void {
    const id = `open-${++this.asking}`;
    const message: Reopen = { type: 'reopen', id, first: this.gap ? 0 : this.next };
    this.channel.send(message);
  }

  private look(): void {
    const now = Date.now();
    const life = now - this.heardAt > SILENT_MS ? 'dead' : this.life;
    const late = !this.heardFrom && now - this.opened > LATE_MS;
    if (!this.heardFrom && now - this.opened >= (AGAIN_MS[this.repeated] ?? Infinity)) {
      this.repeated++;
      this.reopen();
    }
    if (life !== this.life || late !== this.late) {
      this.life = life;
      this.late = late;
      this.emit();
    }
  }
}

function textOf(channel: Channel, name: string): string {
  const value = channel.get(name);
  return typeof value === 'string' ? value : '';
}

function headerOf(channel: Channel): Decoded<Header> | null {
  try {
    return decodeHeader(textOf(channel, 'header'));
  } catch (error) {
    if (error instanceof CorruptRecordError) {
      return null;
    }
    throw error;
  }
}
