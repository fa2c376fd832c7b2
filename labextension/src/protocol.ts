// Generated from kresume_nb/run/records/ by `make protocol`. Do not edit.

/** A number as JSON can hold it; `runs/decoders.ts` turns it into a number. */
export type Num = number | 'NaN' | 'Infinity' | '-Infinity';

export const SCHEMA = 1;

export const MIME = 'application/vnd.kresume.run+json';

export const ASK_MIME = 'application/vnd.kresume.ask+json';

export const COMPARE_MIME = 'application/vnd.kresume.compare+json';

/** Names in a run folder; `control` and `attempt` are how such names begin. */
export const FILES = {
  header: 'run.json',
  journal: 'journal.jsonl',
  history: 'history.json',
  heartbeat: 'heartbeat',
  checkpoints: 'checkpoints',
  marks: 'marks.json',
  control: 'control-',
  attempt: 'attempt-'
} as const;

export type Status = 'running' | 'finished' | 'interrupted' | 'failed';

export type Direction = 'min' | 'max';

export type CompareAxis = 'epoch' | 'step' | 'examples' | 'time' | 'elapsed';

/** A batch boundary: where training stands, or where a checkpoint was taken. */
export interface Position {
  epoch: number;
  batch: number;
  step: number;
}

/** The process that trains. A run has one at a time, and another after each resume. */
export interface Writer {
  pid: number;
  host: string;
  kernel: string | null;
  started: Num;
}

/** A notebook cell as it was executed. */
export interface Cell {
  id: string | null;
  source: string;
  late: boolean;
  place: number | null;
}

/** One array of the training data: what a resume compares to see that the data is the same. */
export interface DataArray {
  name: string;
  shape: number[];
  dtype: string;
  digest: string;
}

/** The run that this one was forked from. */
export interface Parent {
  run: string;
  checkpoint: string;
  epoch: number;
}

/** When a run saves checkpoints and which it keeps: the `Checkpointing` that `fit` was given. */
export interface Policy {
  every_epochs: number | null;
  every_steps: number | null;
  every_seconds: Num | null;
  keep_last: number | null;
  keep_best: number;
  monitor: string | null;
  mode: 'auto' | 'min' | 'max';
}

/** A line of the resume report. */
export interface Finding {
  what: string;
  verdict: 'exact' | 'approximate' | 'lost' | 'changed';
  detail: string;
}

/** A checkpoint that training can go on from, as a person chooses among them. */
export interface Point {
  checkpoint: string;
  position: Position;
  logs: Record<string, Num>;
  time: Num;
}

/** A run in a list. */
export interface RunRow {
  folder: string;
  name: string;
  title: string;
  pinned: boolean;
  notebook: string | null;
  created: Num;
  updated: Num;
  status: 'running' | 'finished' | 'interrupted' | 'failed';
  reason: string;
  epochs: number;
  batches: number;
  position: Position;
  monitor: string | null;
  best: Num | null;
  best_epoch: number | null;
  trail: Num[];
  checkpoints: number;
  bytes: number;
  kernel: string | null;
  began: Num;
  heartbeat: Num | null;
  problem: string;
  mode: 'min' | 'max' | null;
}

/** A checkpoint of some run. */
export interface CheckpointRef {
  run: string;
  file: string;
}

/** How a comparison is looked at: what a link to it restores. */
export interface CompareView {
  x: 'epoch' | 'step' | 'examples' | 'time' | 'elapsed';
  metrics: string[];
  smoothing: Num;
  log: boolean;
  best: boolean;
  hidden: string[];
  sort: string;
  descending: boolean;
  differing: boolean;
  checkpoints: CheckpointRef[];
}

/** What became of some weights from checkpoint `a` to `b` (`weights/__init__.py` defines each). */
export interface WeightChange {
  count: number;
  norm_a: Num;
  norm_b: Num;
  change: Num;
  relative: Num;
  cosine: Num;
  changed: Num;
  bad_a: number;
  bad_b: number;
  units: number;
  dead_a: number;
  dead_b: number;
}

/** A variable that both checkpoints have. */
export interface VariableChange {
  path: string;
  name: string;
  shape: number[];
  dtype: string;
  weights: WeightChange;
}

/** A layer that both checkpoints have, with all of its variables. */
export interface LayerChange {
  path: string;
  label: string;
  weights: WeightChange;
  variables: VariableChange[];
}

/** A variable that cannot be compared. */
export interface Unmatched {
  path: string;
  label: string;
  shape_a: number[] | null;
  shape_b: number[] | null;
}

/** A checkpoint that was passed over. */
export interface DamagedCheckpoint {
  file: string;
  problem: string;
}

/** A layer over the checkpoints of a run. */
export interface LayerSeries {
  path: string;
  label: string;
  norm: Num[];
  relative: Num[];
  bad: number[];
  dead: number[];
  units: number;
}

/** How a kernel's process ended, as the server that had started it saw. */
export interface Death {
  time: Num;
  status: number | null;
  asked: 'restart' | 'shutdown' | null;
  memory: boolean;
}

/** An attempt whose file lies in a run folder. */
export interface FoundAttempt {
  attempt: Attempt;
  age: Num;
}

/** A process begins to train, afresh or (`resumed`) from a checkpoint. */
export interface Start {
  type: 'start';
  time: Num;
  writer: Writer;
  epochs: number;
  batches: number;
  position: Position;
  resumed: boolean;
  checkpoint: string | null;
  report: string[];
  findings: Finding[];
}

/** Consecutive training steps, in columns: one line of the journal holds a tenth of a second. */
export interface Steps {
  type: 'steps';
  time: Num;
  step: number;
  epoch: number;
  batch: number;
  count: number;
  logs: Record<string, Num[]>;
  learning_rate: Num[];
}

/** An epoch ended, validation included. */
export interface Epoch {
  type: 'epoch';
  time: Num;
  epoch: number;
  step: number;
  logs: Record<string, Num>;
  learning_rate: Num;
  seconds: Num;
  inherited: boolean;
}

/** A checkpoint is complete and durable. */
export interface Checkpoint {
  type: 'checkpoint';
  time: Num;
  file: string;
  position: Position;
  bytes: number;
  seconds: Num;
  monitor: string | null;
  value: Num | null;
  mode: 'min' | 'max' | null;
  skipped: number[];
  skipped_within: number;
}

/** How the logs of this training are to be read. Written at an epoch's end when it is news. */
export interface Monitored {
  type: 'monitored';
  time: Num;
  monitor: string | null;
  directions: Record<string, 'min' | 'max'>;
}

/** Checkpoints were deleted by the retention rule. */
export interface Pruned {
  type: 'pruned';
  time: Num;
  files: string[];
}

/** Something went wrong that training survived: a full disk, a callback that cannot be saved. */
export interface Warned {
  type: 'warning';
  time: Num;
  message: string;
}

/** A resume was put to the test: by the steps that it trained once more, as the journal has them. */
export interface Verified {
  type: 'verified';
  time: Num;
  finding: Finding;
}

/** Training answers a request of the page (`Control`): carried out, or refused and why. */
export interface Controlled {
  type: 'control';
  time: Num;
  id: string;
  action: 'pause' | 'continue' | 'stop' | 'checkpoint' | 'learning_rate';
  value: Num | null;
  position: Position;
  done: boolean;
  detail: string;
}

/** A run was to be resumed by itself, and this is what came of it. */
export interface Attempted {
  type: 'attempt';
  time: Num;
  attempt: Attempt;
}

/** The process left `fit` in an orderly way. A kernel's death leaves no such record. */
export interface End {
  type: 'end';
  time: Num;
  status: 'finished' | 'interrupted' | 'failed';
  position: Position;
  reason: string;
}

/** `run.json`: what was started, where and on what. Written when a process takes the run up. */
export interface Header {
  schema: number;
  name: string;
  base: string;
  created: Num;
  notebook: string | null;
  cell: Cell | null;
  setup: Cell[];
  fit: Record<string, unknown>;
  compile: Record<string, unknown>;
  architecture: string;
  parameters: number;
  data: DataArray[];
  samples: number;
  batch_size: number;
  batches: number;
  seed: number;
  versions: Record<string, string>;
  device: string;
  writer: Writer;
  parent: Parent | null;
  notebook_path: string | null;
  execution: string;
  call: number;
  execution_complete: boolean;
  execution_failed: boolean;
  default_name: boolean;
  start: string;
  policy: Policy | null;
}

/** The state of a run: a pure fold over its journal (`run/fold.py`, `runs/fold.ts`). */
export interface Summary {
  schema: number;
  name: string;
  status: 'running' | 'finished' | 'interrupted' | 'failed';
  reason: string;
  epochs: number;
  batches: number;
  position: Position;
  epoch: number[];
  learning_rate: Num[];
  resumes: Position[];
  checkpoints: Checkpoint[];
  updated: Num;
  step: number[];
  time: Num[];
  seconds: Num[];
  inherited: number;
  lacking: Record<string, number[]>;
  journal: number;
  monitor: string | null;
  directions: Record<string, 'min' | 'max'>;
  skipped: number[];
}

/** Data of our MIME type in a notebook's output: which run to show, and nothing that grows. */
export interface Bundle {
  schema: number;
  run: string;
  folder: string;
}

/** `metadata.kresume` of an execute request: how the page tells `fit` what was chosen. */
export interface ResumeRequest {
  action: 'resume' | 'fork' | 'new' | 'setup';
  run: string | null;
  checkpoint: string | null;
  attempt: number | null;
  taken: Num | null;
  newest: string | null;
}

/** A question in a cell's output while the kernel waits in that cell: resume, and from where? */
export interface Ask {
  schema: number;
  id: string;
  run: string;
  folder: string;
  status: 'running' | 'finished' | 'interrupted' | 'failed';
  position: Position;
  epochs: number;
  batches: number;
  points: Point[];
  seconds: Num;
  created: Num;
}

/** What a page says to an `Ask`: that somebody sees it, or what was chosen. */
export interface AskReply {
  schema: number;
  id: string;
  action: 'waiting' | 'resume' | 'fork' | 'new';
  checkpoint: string | null;
  patience: Num;
  time: Num;
}

/** `control-<n>.json` in the run folder: a page asks a training that runs for something. */
export interface Control {
  schema: number;
  id: string;
  action: 'pause' | 'continue' | 'stop' | 'checkpoint' | 'learning_rate';
  value: Num | null;
  time: Num;
}

/** `marks.json`: what a person said of a run. Pages write it; training only reads it. */
export interface Marks {
  schema: number;
  title: string;
  pinned: boolean;
  checkpoints: string[];
}

/** The runs in a folder or below it, as the server extension lists them. */
export interface RunRows {
  rows: RunRow[];
  complete: boolean;
}

/** The run folders in a folder that changed last, as the server extension names them. */
export interface RunFolders {
  names: string[];
}

/** `POST kresume/prune`: which checkpoints a rule lets go, or let go. */
export interface Pruning {
  files: string[];
  bytes: number;
}

/** The newest attempts whose files lie in a run folder, in their order, as the server extension tells. */
export interface FoundAttempts {
  attempts: FoundAttempt[];
}

/** Whether there is a file at an address, as the server extension tells. */
export interface There {
  there: boolean;
}

/** Data of a comparison's MIME type in a notebook's output: which runs, and nothing that grows. */
export interface CompareBundle {
  schema: number;
  folders: string[];
  view: CompareView;
}

/** A run as a comparison reads it: `run.json` and `history.json`, and nothing of its steps. */
export interface Compared {
  key: string;
  title: string;
  header: Header | null;
  summary: Summary | null;
  history: Record<string, Num[]>;
  problem: string;
  thinned: number;
}

/** Two checkpoints side by side, layer by layer in the order of the file. */
export interface Changes {
  a: CheckpointRef;
  b: CheckpointRef;
  layers: LayerChange[];
  total: WeightChange;
  unmatched: Unmatched[];
}

/** How each layer moved from one kept checkpoint of a run to the next: layers by time. */
export interface ChangeSeries {
  run: string;
  files: string[];
  positions: Position[];
  layers: LayerSeries[];
  damaged: DamagedCheckpoint[];
}

/** How the finite numbers of a variable are spread in two checkpoints, in the same bins. */
export interface Histogram {
  path: string;
  edges: Num[];
  a: number[];
  b: number[];
}

/** `attempt-<n>.json` in the run folder: somebody resumes the run without being asked for it. */
export interface Attempt {
  schema: number;
  number: number;
  by: 'page' | 'server';
  who: string;
  time: Num;
  step: number;
  checkpoint: string | null;
  outcome: 'open' | 'resumed' | 'died' | 'failed' | 'abandoned';
  detail: string;
}

/** How a run's switch "resume by itself" stands. The user's server keeps it, never the run folder. */
export interface AutoSwitch {
  on: boolean;
  since: Num | null;
  unattended: boolean;
}

/** What a server can tell of the end of a run's process (`kresume/ended`); it guesses nothing. */
export interface Ended {
  schema: number;
  host: string;
  started: Num;
  booted: Num | null;
  death: Death | null;
}

/** Kernel to widget: more of the journal; without lines, a sign of life. */
export interface Lines {
  type: 'lines';
  first: number;
  lines: string[];
  alive: boolean;
}

/** Kernel to widget: a message was read. Comes late where a kernel reads none while a cell runs. */
export interface Heard {
  type: 'heard';
  id: string;
  taken: boolean;
}

/** Widget to kernel: send the journal again from that line on. */
export interface Reopen {
  type: 'reopen';
  id: string;
  first: number;
}

/** Widget to kernel: a request, which elsewhere is a file. */
export interface Wish {
  type: 'wish';
  control: Control;
}

/** Widget to kernel: read something of a comparison. */
export interface CompareAsk {
  type: 'compare-ask';
  id: string;
  what: 'run' | 'whole' | 'series' | 'changes' | 'histogram';
  run: string;
  a: CheckpointRef | null;
  b: CheckpointRef | null;
  variable: string;
}

/** Kernel to widget: what was asked for. */
export interface CompareAnswer {
  type: 'compare-answer';
  id: string;
  answer: string;
  lost: boolean;
  problem: string;
}

/** A line of `journal.jsonl`. */
export type JournalEvent = Start | Steps | Epoch | Checkpoint | Monitored | Pruned | Warned | Verified | Controlled | Attempted | End;
