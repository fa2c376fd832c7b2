// Generated from kresume_nb/run/records/ by `make protocol`. Do not edit.
import type {
  JournalEvent,
  Ask,
  AskReply,
  Attempt,
  Attempted,
  AutoSwitch,
  Bundle,
  Cell,
  ChangeSeries,
  Changes,
  Checkpoint,
  CheckpointRef,
  CompareAnswer,
  CompareAsk,
  CompareBundle,
  CompareView,
  Compared,
  Control,
  Controlled,
  DamagedCheckpoint,
  DataArray,
  Death,
  End,
  Ended,
  Epoch,
  Finding,
  FoundAttempt,
  FoundAttempts,
  Header,
  Heard,
  Histogram,
  LayerChange,
  LayerSeries,
  Lines,
  Marks,
  Monitored,
  Parent,
  Point,
  Policy,
  Position,
  Pruned,
  Pruning,
  Reopen,
  ResumeRequest,
  RunFolders,
  RunRow,
  RunRows,
  Start,
  Steps,
  Summary,
  There,
  Unmatched,
  VariableChange,
  Verified,
  Warned,
  WeightChange,
  Wish,
  Writer
} from '../protocol';
import { anything } from './limits';
import type { Decoded, Reader } from './values';
import { dict, flag, int, list, maybe, num, nums, oneOf, otherwise, record, text } from './values';

/** A batch boundary: where training stands, or where a checkpoint was taken. */
export const position = record<Decoded<Position>>({
  epoch: int,
  batch: int,
  step: int
});

/** The process that trains. A run has one at a time, and another after each resume. */
export const writer = record<Decoded<Writer>>({
  pid: int,
  host: text,
  kernel: maybe(text),
  started: num
});

/** A notebook cell as it was executed. */
export const cell = record<Decoded<Cell>>({
  id: maybe(text),
  source: text,
  late: otherwise(flag, false),
  place: otherwise(maybe(int), null)
});

/** One array of the training data: what a resume compares to see that the data is the same. */
export const dataArray = record<Decoded<DataArray>>({
  name: text,
  shape: list(int),
  dtype: text,
  digest: text
});

/** The run that this one was forked from. */
export const parent = record<Decoded<Parent>>({
  run: text,
  checkpoint: text,
  epoch: int
});

/** When a run saves checkpoints and which it keeps: the `Checkpointing` that `fit` was given. */
export const policy = record<Decoded<Policy>>({
  every_epochs: maybe(int),
  every_steps: maybe(int),
  every_seconds: maybe(num),
  keep_last: maybe(int),
  keep_best: int,
  monitor: maybe(text),
  mode: oneOf('auto', 'min', 'max')
});

/** A line of the resume report. */
export const finding = record<Decoded<Finding>>({
  what: text,
  verdict: oneOf('exact', 'approximate', 'lost', 'changed'),
  detail: otherwise(text, "")
});

/** A checkpoint that training can go on from, as a person chooses among them. */
export const point = record<Decoded<Point>>({
  checkpoint: text,
  position: position,
  logs: dict(num),
  time: num
});

/** A run in a list. */
export const runRow = record<Decoded<RunRow>>({
  folder: text,
  name: text,
  title: text,
  pinned: flag,
  notebook: maybe(text),
  created: num,
  updated: num,
  status: oneOf('running', 'finished', 'interrupted', 'failed'),
  reason: text,
  epochs: int,
  batches: int,
  position: position,
  monitor: maybe(text),
  best: maybe(num),
  best_epoch: maybe(int),
  trail: nums,
  checkpoints: int,
  bytes: int,
  kernel: maybe(text),
  began: num,
  heartbeat: maybe(num),
  problem: otherwise(text, ""),
  mode: otherwise(maybe(oneOf('min', 'max')), null)
});

/** A checkpoint of some run. */
export const checkpointRef = record<Decoded<CheckpointRef>>({
  run: text,
  file: text
});

/** How a comparison is looked at: what a link to it restores. */
export const compareView = record<Decoded<CompareView>>({
  x: otherwise(oneOf('epoch', 'step', 'examples', 'time', 'elapsed'), "epoch"),
  metrics: otherwise(list(text), []),
  smoothing: otherwise(num, 0.0),
  log: otherwise(flag, false),
  best: otherwise(flag, false),
  hidden: otherwise(list(text), []),
  sort: otherwise(text, ""),
  descending: otherwise(flag, false),
  differing: otherwise(flag, true),
  checkpoints: otherwise(list(checkpointRef), [])
});

/** What became of some weights from checkpoint `a` to `b` (`weights/__init__.py` defines each). */
export const weightChange = record<Decoded<WeightChange>>({
  count: int,
  norm_a: num,
  norm_b: num,
  change: num,
  relative: num,
  cosine: num,
  changed: num,
  bad_a: int,
  bad_b: int,
  units: int,
  dead_a: int,
  dead_b: int
});

/** A variable that both checkpoints have. */
export const variableChange = record<Decoded<VariableChange>>({
  path: text,
  name: text,
  shape: list(int),
  dtype: text,
  weights: weightChange
});

/** A layer that both checkpoints have, with all of its variables. */
export const layerChange = record<Decoded<LayerChange>>({
  path: text,
  label: text,
  weights: weightChange,
  variables: list(variableChange)
});

/** A variable that cannot be compared. */
export const unmatched = record<Decoded<Unmatched>>({
  path: text,
  label: text,
  shape_a: maybe(list(int)),
  shape_b: maybe(list(int))
});

/** A checkpoint that was passed over. */
export const damagedCheckpoint = record<Decoded<DamagedCheckpoint>>({
  file: text,
  problem: text
});

/** A layer over the checkpoints of a run. */
export const layerSeries = record<Decoded<LayerSeries>>({
  path: text,
  label: text,
  norm: nums,
  relative: nums,
  bad: list(int),
  dead: list(int),
  units: int
});

/** How a kernel's process ended, as the server that had started it saw. */
export const death = record<Decoded<Death>>({
  time: num,
  status: maybe(int),
  asked: maybe(oneOf('restart', 'shutdown')),
  memory: flag
});

/** `attempt-<n>.json` in the run folder: somebody resumes the run without being asked for it. */
export const attempt = record<Decoded<Attempt>>({
  schema: otherwise(int, 1),
  number: int,
  by: oneOf('page', 'server'),
  who: text,
  time: num,
  step: int,
  checkpoint: maybe(text),
  outcome: otherwise(oneOf('open', 'resumed', 'died', 'failed', 'abandoned'), "open"),
  detail: otherwise(text, "")
});

/** An attempt whose file lies in a run folder. */
export const foundAttempt = record<Decoded<FoundAttempt>>({
  attempt: attempt,
  age: num
});

/** A process begins to train, afresh or (`resumed`) from a checkpoint. */
export const start = record<Decoded<Start>>({
  type: oneOf('start'),
  time: num,
  writer: writer,
  epochs: int,
  batches: int,
  position: position,
  resumed: flag,
  checkpoint: otherwise(maybe(text), null),
  report: otherwise(list(text), []),
  findings: otherwise(list(finding), [])
});

/** Consecutive training steps, in columns: one line of the journal holds a tenth of a second. */
export const steps = record<Decoded<Steps>>({
  type: oneOf('steps'),
  time: num,
  step: int,
  epoch: int,
  batch: int,
  count: int,
  logs: dict(nums),
  learning_rate: nums
});

/** An epoch ended, validation included. */
export const epoch = record<Decoded<Epoch>>({
  type: oneOf('epoch'),
  time: num,
  epoch: int,
  step: int,
  logs: dict(num),
  learning_rate: num,
  seconds: num,
  inherited: otherwise(flag, false)
});

/** A checkpoint is complete and durable. */
export const checkpoint = record<Decoded<Checkpoint>>({
  type: oneOf('checkpoint'),
  time: num,
  file: text,
  position: position,
  bytes: int,
  seconds: num,
  monitor: maybe(text),
  value: maybe(num),
  mode: otherwise(maybe(oneOf('min', 'max')), null),
  skipped: otherwise(list(int), []),
  skipped_within: otherwise(int, 0)
});

/** How the logs of this training are to be read. Written at an epoch's end when it is news. */
export const monitored = record<Decoded<Monitored>>({
  type: oneOf('monitored'),
  time: num,
  monitor: maybe(text),
  directions: dict(oneOf('min', 'max'))
});

/** Checkpoints were deleted by the retention rule. */
export const pruned = record<Decoded<Pruned>>({
  type: oneOf('pruned'),
  time: num,
  files: list(text)
});

/** Something went wrong that training survived: a full disk, a callback that cannot be saved. */
export const warned = record<Decoded<Warned>>({
  type: oneOf('warning'),
  time: num,
  message: text
});

/** A resume was put to the test: by the steps that it trained once more, as the journal has them. */
export const verified = record<Decoded<Verified>>({
  type: oneOf('verified'),
  time: num,
  finding: finding
});

/** Training answers a request of the page (`Control`): carried out, or refused and why. */
export const controlled = record<Decoded<Controlled>>({
  type: oneOf('control'),
  time: num,
  id: text,
  action: oneOf('pause', 'continue', 'stop', 'checkpoint', 'learning_rate'),
  value: maybe(num),
  position: position,
  done: flag,
  detail: text
});

/** A run was to be resumed by itself, and this is what came of it. */
export const attempted = record<Decoded<Attempted>>({
  type: oneOf('attempt'),
  time: num,
  attempt: attempt
});

/** The process left `fit` in an orderly way. A kernel's death leaves no such record. */
export const end = record<Decoded<End>>({
  type: oneOf('end'),
  time: num,
  status: oneOf('finished', 'interrupted', 'failed'),
  position: position,
  reason: text
});

/** `run.json`: what was started, where and on what. Written when a process takes the run up. */
export const header = record<Decoded<Header>>({
  schema: otherwise(int, 1),
  name: text,
  base: text,
  created: num,
  notebook: maybe(text),
  cell: maybe(cell),
  setup: list(cell),
  fit: dict(anything),
  compile: dict(anything),
  architecture: text,
  parameters: int,
  data: list(dataArray),
  samples: int,
  batch_size: int,
  batches: int,
  seed: int,
  versions: dict(text),
  device: text,
  writer: writer,
  parent: maybe(parent),
  notebook_path: otherwise(maybe(text), null),
  execution: otherwise(text, ""),
  call: otherwise(int, 1),
  execution_complete: otherwise(flag, true),
  execution_failed: otherwise(flag, false),
  default_name: otherwise(flag, false),
  start: otherwise(text, ""),
  policy: otherwise(maybe(policy), null)
});

/** The state of a run: a pure fold over its journal (`run/fold.py`, `runs/fold.ts`). */
export const summary = record<Decoded<Summary>>({
  schema: otherwise(int, 1),
  name: text,
  status: oneOf('running', 'finished', 'interrupted', 'failed'),
  reason: text,
  epochs: int,
  batches: int,
  position: position,
  epoch: list(int),
  learning_rate: nums,
  resumes: list(position),
  checkpoints: list(checkpoint),
  updated: num,
  step: otherwise(list(int), []),
  time: otherwise(nums, []),
  seconds: otherwise(nums, []),
  inherited: otherwise(int, 0),
  lacking: otherwise(dict(list(int)), {}),
  journal: otherwise(int, 0),
  monitor: otherwise(maybe(text), null),
  directions: otherwise(dict(oneOf('min', 'max')), {}),
  skipped: otherwise(list(int), [])
});

/** Data of our MIME type in a notebook's output: which run to show, and nothing that grows. */
export const bundle = record<Decoded<Bundle>>({
  schema: otherwise(int, 1),
  run: text,
  folder: text
});

/** `metadata.kresume` of an execute request: how the page tells `fit` what was chosen. */
export const resumeRequest = record<Decoded<ResumeRequest>>({
  action: oneOf('resume', 'fork', 'new', 'setup'),
  run: otherwise(maybe(text), null),
  checkpoint: otherwise(maybe(text), null),
  attempt: otherwise(maybe(int), null),
  taken: otherwise(maybe(num), null),
  newest: otherwise(maybe(text), null)
});

/** A question in a cell's output while the kernel waits in that cell: resume, and from where? */
export const ask = record<Decoded<Ask>>({
  schema: otherwise(int, 1),
  id: text,
  run: text,
  folder: text,
  status: oneOf('running', 'finished', 'interrupted', 'failed'),
  position: position,
  epochs: int,
  batches: int,
  points: list(point),
  seconds: num,
  created: num
});

/** What a page says to an `Ask`: that somebody sees it, or what was chosen. */
export const askReply = record<Decoded<AskReply>>({
  schema: otherwise(int, 1),
  id: text,
  action: oneOf('waiting', 'resume', 'fork', 'new'),
  checkpoint: otherwise(maybe(text), null),
  patience: otherwise(num, 0.0),
  time: num
});

/** `control-<n>.json` in the run folder: a page asks a training that runs for something. */
export const control = record<Decoded<Control>>({
  schema: otherwise(int, 1),
  id: text,
  action: oneOf('pause', 'continue', 'stop', 'checkpoint', 'learning_rate'),
  value: otherwise(maybe(num), null),
  time: num
});

/** `marks.json`: what a person said of a run. Pages write it; training only reads it. */
export const marks = record<Decoded<Marks>>({
  schema: otherwise(int, 1),
  title: otherwise(text, ""),
  pinned: otherwise(flag, false),
  checkpoints: otherwise(list(text), [])
});

/** The runs in a folder or below it, as the server extension lists them. */
export const runRows = record<Decoded<RunRows>>({
  rows: list(runRow),
  complete: flag
});

/** The run folders in a folder that changed last, as the server extension names them. */
export const runFolders = record<Decoded<RunFolders>>({
  names: list(text)
});

/** `POST kresume/prune`: which checkpoints a rule lets go, or let go. */
export const pruning = record<Decoded<Pruning>>({
  files: list(text),
  bytes: int
});

/** The newest attempts whose files lie in a run folder, in their order, as the server extension tells. */
export const foundAttempts = record<Decoded<FoundAttempts>>({
  attempts: list(foundAttempt)
});

/** Whether there is a file at an address, as the server extension tells. */
export const there = record<Decoded<There>>({
  there: flag
});

/** Data of a comparison's MIME type in a notebook's output: which runs, and nothing that grows. */
export const compareBundle = record<Decoded<CompareBundle>>({
  schema: otherwise(int, 1),
  folders: list(text),
  view: otherwise(compareView, {"x": "epoch", "metrics": [], "smoothing": 0.0, "log": false, "best": false, "hidden": [], "sort": "", "descending": false, "differing": true, "checkpoints": []})
});

/** A run as a comparison reads it: `run.json` and `history.json`, and nothing of its steps. */
export const compared = record<Decoded<Compared>>({
  key: text,
  title: otherwise(text, ""),
  header: maybe(header),
  summary: maybe(summary),
  history: dict(nums),
  problem: otherwise(text, ""),
  thinned: otherwise(int, 0)
});

/** Two checkpoints side by side, layer by layer in the order of the file. */
export const changes = record<Decoded<Changes>>({
  a: checkpointRef,
  b: checkpointRef,
  layers: list(layerChange),
  total: weightChange,
  unmatched: list(unmatched)
});

/** How each layer moved from one kept checkpoint of a run to the next: layers by time. */
export const changeSeries = record<Decoded<ChangeSeries>>({
  run: text,
  files: list(text),
  positions: list(position),
  layers: list(layerSeries),
  damaged: list(damagedCheckpoint)
});

/** How the finite numbers of a variable are spread in two checkpoints, in the same bins. */
export const histogram = record<Decoded<Histogram>>({
  path: text,
  edges: nums,
  a: list(int),
  b: list(int)
});

/** How a run's switch "resume by itself" stands. The user's server keeps it, never the run folder. */
export const autoSwitch = record<Decoded<AutoSwitch>>({
  on: flag,
  since: otherwise(maybe(num), null),
  unattended: otherwise(flag, false)
});

/** What a server can tell of the end of a run's process (`kresume/ended`); it guesses nothing. */
export const ended = record<Decoded<Ended>>({
  schema: otherwise(int, 1),
  host: text,
  started: num,
  booted: maybe(num),
  death: maybe(death)
});

/** Kernel to widget: more of the journal; without lines, a sign of life. */
export const lines = record<Decoded<Lines>>({
  type: oneOf('lines'),
  first: int,
  lines: list(text),
  alive: flag
});

/** Kernel to widget: a message was read. Comes late where a kernel reads none while a cell runs. */
export const heard = record<Decoded<Heard>>({
  type: oneOf('heard'),
  id: text,
  taken: flag
});

/** Widget to kernel: send the journal again from that line on. */
export const reopen = record<Decoded<Reopen>>({
  type: oneOf('reopen'),
  id: text,
  first: int
});

/** Widget to kernel: a request, which elsewhere is a file. */
export const wish = record<Decoded<Wish>>({
  type: oneOf('wish'),
  control: control
});

/** Widget to kernel: read something of a comparison. */
export const compareAsk = record<Decoded<CompareAsk>>({
  type: oneOf('compare-ask'),
  id: text,
  what: oneOf('run', 'whole', 'series', 'changes', 'histogram'),
  run: text,
  a: maybe(checkpointRef),
  b: maybe(checkpointRef),
  variable: text
});

/** Kernel to widget: what was asked for. */
export const compareAnswer = record<Decoded<CompareAnswer>>({
  type: oneOf('compare-answer'),
  id: text,
  answer: otherwise(text, ""),
  lost: otherwise(flag, false),
  problem: otherwise(text, "")
});

/** The events of a journal, by their type. */
export const EVENTS: {
  [Kind in JournalEvent['type']]: Reader<Decoded<Extract<JournalEvent, { type: Kind }>>>;
} = {
  start: start,
  steps: steps,
  epoch: epoch,
  checkpoint: checkpoint,
  monitored: monitored,
  pruned: pruned,
  warning: warned,
  verified: verified,
  control: controlled,
  attempt: attempted,
  end: end
};
