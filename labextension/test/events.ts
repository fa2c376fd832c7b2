/** Journal events for tests, with only what a test is about. */
import type {
  Cell,
  Checkpoint,
  Controlled,
  End,
  Epoch,
  Header,
  Position,
  Start,
  Steps
} from '../src/protocol';
import type { Decoded } from '../src/runs/values';

export const WRITER = { pid: 1, host: 'here', kernel: 'k1', started: 100 };

export function at(epoch: number, batch: number, step: number): Position {
  return { epoch, batch, step };
}

export function start(values: Partial<Decoded<Start>> = {}): Decoded<Start> {
  const position = at(0, 0, 0);
  return {
    type: 'start',
    time: 100,
    writer: WRITER,
    epochs: 20,
    batches: 10,
    position,
    resumed: false,
    checkpoint: null,
    report: [],
    findings: [],
    ...values
  };
}

export function steps(
  epoch: number,
  batch: number,
  losses: number[],
  values: Partial<Decoded<Steps>> = {}
): Decoded<Steps> {
  return {
    type: 'steps',
    time: 101,
    step: (epoch - 1) * 10 + batch,
    epoch,
    batch,
    count: losses.length,
    logs: { loss: losses },
    learning_rate: [0.1],
    ...values
  };
}

export function epoch(number: number, values: Partial<Decoded<Epoch>> = {}): Decoded<Epoch> {
  return {
    type: 'epoch',
    time: 102,
    epoch: number,
    step: number * 10,
    logs: { loss: 1 / number },
    learning_rate: 0.1,
    seconds: 1,
    inherited: false,
    ...values
  };
}

export function checkpoint(
  file: string,
  position: Position,
  values: Partial<Decoded<Checkpoint>> = {}
): Decoded<Checkpoint> {
  return {
    type: 'checkpoint',
    time: 103,
    file,
    position,
    bytes: 1000,
    seconds: 0.5,
    monitor: null,
    value: null,
    mode: null,
    skipped: [],
    skipped_within: 0,
    ...values
  };
}

/** The answer to a request. */
export function control(
  action: Controlled['action'],
  position: Position,
  values: Partial<Decoded<Controlled>> = {}
): Decoded<Controlled> {
  return {
    type: 'control',
    time: 103,
    id: action,
    action,
    value: null,
    position,
    done: true,
    detail: '',
    ...values
  };
}

export function end(status: End['status'], position: Position, reason = 'completed'): Decoded<End> {
  return { type: 'end', time: 104, status, position, reason };
}

/** A cell as a run records it. */
export function recorded(id: string | null, source: string, late = false): Cell {
  return { id, source, late, place: null };
}

export function header(values: Partial<Decoded<Header>> = {}): Decoded<Header> {
  return {
    schema: 1,
    name: 'mnist-001',
    base: 'mnist',
    created: 100,
    notebook: 'nb.ipynb',
    cell: recorded('train', 'fit()'),
    setup: [],
    fit: {},
    compile: {},
    architecture: '',
    parameters: 1,
    data: [],
    samples: 1,
    batch_size: 1,
    batches: 10,
    seed: 1,
    versions: {},
    device: 'cpu',
    writer: WRITER,
    parent: null,
    notebook_path: null,
    execution: '',
    call: 1,
    execution_complete: true,
    execution_failed: false,
    default_name: false,
    start: '',
    policy: null,
    ...values
  };
}
