/**
 * The state of a run: a pure fold over its journal, the twin of `kresume_nb/run/fold.py`.
 *
 * Golden run folders hold both to the same answer. If the journal ends while the status is
 * "running", that is what the files say; whether a process is still behind it is `liveness.ts`'s.
 */
import type {
  Attempt,
  Checkpoint,
  Controlled,
  Direction,
  Epoch,
  Finding,
  JournalEvent,
  Position,
  Start,
  Status,
  Steps,
  Summary,
  Writer
} from '../protocol';
import type { Decoded } from './values';
import { StepTable } from './columns';

export type EpochRow = Omit<Decoded<Epoch>, 'type'>;

/** A run as its journal tells it, up to the last event applied. */
export class RunState {
  status: Status = 'running';
  reason = '';
  epochs = 0;
  batches = 0;
  position: Position = { epoch: 0, batch: 0, step: 0 };
  /** By epoch number, ascending. */
  rows: EpochRow[] = [];
  readonly steps = new StepTable();
  resumes: Position[] = [];
  /** Oldest first. */
  checkpoints: Decoded<Checkpoint>[] = [];
  warnings: string[] = [];
  /** What the last resume had to say. */
  report: string[] = [];
  /** What became of each piece of state at the last start. */
  findings: Finding[] = [];
  /** Answered requests, refused ones included. */
  controls: Decoded<Controlled>[] = [];
  /** To resume by itself, in their order. */
  attempts: Decoded<Attempt>[] = [];
  /** The log that says which checkpoint is best; null if training has not said. */
  monitor: string | null = null;
  /** Which way each log is better, as far as training has said. */
  directions: Record<string, Direction> = {};
  /** Epochs at whose ends a snapshot was taken and not written. */
  skipped: number[] = [];
  /** Whether training stands still because somebody asked it to. */
  paused = false;
  writer: Decoded<Writer> | null = null;
  updated = 0;
  /** When the process that trains now, or trained last, began. */
  began = 0;
  /** Seconds of training by the processes before it, less the pauses of this one. */
  before = 0;
  /** Lines that held no record. */
  torn = 0;
  started = false;
  private pausedAt = 0;

  /** The state that a `history.json` tells, for those who will add only the journal's last events. */
  static from(summary: Decoded<Summary>): RunState {
    const state = new RunState();
    const { status, reason, epochs, batches, position, resumes, checkpoints, updated } = summary;
    const { monitor, directions, skipped } = summary;
    Object.assign(state, {
      status,
      reason,
      epochs,
      batches,
      position,
      resumes,
      checkpoints,
      updated,
      monitor,
      directions,
      skipped,
      started: true
    });
    return state;
  }

  /** Add one event. */
  apply(event: Decoded<JournalEvent>): void {
    switch (event.type) {
      case 'start':
        this.start(event);
        break;
      case 'steps':
        this.addSteps(event);
        break;
      case 'epoch':
        this.addEpoch(event);
        break;
      case 'checkpoint':
        this.checkpoints = [
          ...this.checkpoints.filter(kept => kept.file !== event.file),
          event
        ].sort((a, b) => a.position.step - b.position.step);
        if (event.skipped.length > 0) {
          this.skipped = [...new Set([...this.skipped, ...event.skipped])].sort((a, b) => a - b);
        }
        break;
      case 'monitored':
        this.monitor = event.monitor;
        this.directions = { ...this.directions, ...event.directions };
        break;
      case 'pruned':
        this.checkpoints = this.checkpoints.filter(kept => !event.files.includes(kept.file));
        break;
      case 'warning':
        this.warnings.push(event.message);
        break;
      case 'verified':
        this.findings = [...this.findings, event.finding];
        break;
      case 'control':
        this.addControl(event);
        break;
      case 'attempt': {
        // A kill between the journal's line and the file's deletion has it told twice.
        const { attempt } = event;
        this.attempts = [
          ...this.attempts.filter(kept => kept.number !== attempt.number),
          attempt
        ].sort((a, b) => a.number - b.number);
        break;
      }
      case 'end':
        this.goOn(event.time);
        this.status = event.status;
        this.reason = event.reason;
        this.position = event.position;
        break;
    }
    this.updated = event.time;
  }

  private start(event: Decoded<Start>): void {
    if (event.resumed) {
      const { epoch, step } = event.position;
      this.steps.dropAfter(step);
      this.rows = this.rows.filter(row => row.epoch <= epoch);
      this.checkpoints = this.checkpoints.filter(kept => kept.position.step <= step);
      this.controls = this.controls.filter(kept => kept.position.step <= step);
      this.skipped = this.skipped.filter(one => one <= epoch);
      this.resumes = [...this.resumes, event.position];
    }
    if (this.started) {
      this.before += Math.max(0, this.updated - this.began);
    }
    this.started = true;
    this.began = event.time;
    this.status = 'running';
    this.reason = '';
    this.epochs = event.epochs;
    this.batches = event.batches;
    this.position = event.position;
    this.writer = event.writer;
    this.report = event.report;
    this.findings = event.findings;
    this.paused = false;
  }

  private addControl(event: Decoded<Controlled>): void {
    this.controls.push(event);
    if (!event.done) {
      return;
    }
    if (event.action === 'pause' && !this.paused) {
      this.paused = true;
      this.pausedAt = event.time;
    } else if (event.action === 'continue' || event.action === 'stop') {
      this.goOn(event.time);
    }
  }

  /** A pause, if there is one, is over; it was no training. */
  private goOn(time: number): void {
    if (this.paused) {
      this.paused = false;
      this.before -= Math.max(0, time - this.pausedAt);
    }
  }

  private addSteps(event: Decoded<Steps>): void {
    this.steps.append(event, event.count, event.logs, event.learning_rate, this.batches);
    this.position = {
      epoch: event.epoch - 1,
      batch: event.batch + event.count - 1,
      step: event.step + event.count - 1
    };
  }

  private addEpoch(event: Decoded<Epoch>): void {
    const last = this.rows[this.rows.length - 1];
    if (last !== undefined && last.epoch >= event.epoch) {
      this.rows = this.rows.filter(row => row.epoch < event.epoch);
    }
    this.rows.push(event);
    // Of data that does not tell its length, an epoch that has ended does.
    this.batches = this.batches || this.position.batch;
    this.position = { epoch: event.epoch, batch: 0, step: event.step };
  }
}
