"""Everything that a run writes to disk or says to a page, defined once.

`labextension/src/protocol.ts` is generated from this module (`make protocol`), and `run/README.md`
says which file holds which record. Three kinds of field deserve a word:

* **Epochs are counted from one**, as Keras prints them and as checkpoint files are named:
  `Epoch.epoch == 7` is the seventh epoch. In a `Position`, `epoch` is how many epochs are complete.
* **Times** are seconds since 1970 (`time.time()`); **durations** are seconds.
* A `float` may be NaN or infinite. JSON has no such numbers, so `run/codec.py` writes them as the
  strings `"NaN"`, `"Infinity"` and `"-Infinity"`, and reads them back.

Records are plain frozen dataclasses. Unknown fields are ignored when reading, so that a newer
writer may add some without a new schema version; a field that changes meaning needs a new version
and a step in `run/migrations.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

SCHEMA = 1
"""Version of the on-disk layout. Readers refuse a larger one and migrate a smaller one."""

Status = Literal["running", "finished", "interrupted", "failed"]
"""`running` is what the files say; whether a process is still behind it, the heartbeat tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A batch boundary: where training stands, or where a checkpoint was taken."""

    epoch: int
    """Epochs completed."""
    batch: int
    """Batches done in the epoch that follows; 0 at an epoch's end."""
    step: int
    """Batches done since the run began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """The process that trains. A run has one at a time, and another after each resume."""

    pid: int
    host: str
    kernel: str | None
    """Jupyter's kernel id; it stays the same when Jupyter restarts a dead kernel."""
    started: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A notebook cell as it was executed."""

    id: str | None
    source: str
    late: bool = False
    """Among set-up cells: first run when the training cell had run already. Looking at results is
    what such cells usually do, so a resume runs them only if they stand above the training cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataArray:
    """One array of the training data: what a resume compares to see that the data is the same."""

    name: str
    shape: list[int]
    dtype: str
    digest: str
    """SHA-256 of a bounded sample of the rows (`train/fingerprint.py`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """The run that this one was forked from."""

    run: str
    checkpoint: str
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """`run.json`: what was started, where and on what. Written when a process takes the run up."""

    schema: int = SCHEMA
    name: str
    base: str
    """The name that the user gave, or the notebook's: `name` is `base` and a number."""
    created: float
    notebook: str | None
    """File name of the notebook (or script) that holds the training call."""
    cell: Cell | None
    """The training cell."""
    setup: list[Cell]
    """Cells that had run before it, in the order of their first execution."""
    fit: dict[str, Any]
    """The arguments of `fit` that are plain values."""
    compile: dict[str, Any]
    """Optimizer, loss and metrics, as Keras describes them."""
    architecture: str
    """SHA-256 over the layers' classes and their variables' shapes and dtypes."""
    parameters: int
    data: list[DataArray]
    samples: int
    batch_size: int
    batches: int
    """Batches in an epoch; 0 if the data does not tell. An epoch that has ended does."""
    seed: int
    """Orders the batches: the order of an epoch is a function of it and of the epoch's number."""
    versions: dict[str, str]
    device: str
    writer: Writer
    parent: Parent | None


Verdict = Literal["exact", "approximate", "lost", "changed"]
"""What became of a piece of state at a resume. `lost` was not put back; `changed` differs now from
what the checkpoint says, and the present value is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A line of the resume report."""

    what: str
    """The piece of state or the thing compared: `weights`, `order of the batches`, `batch_size`."""
    verdict: Verdict
    detail: str = ""
    """Why, or from what to what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A process begins to train, afresh or (`resumed`) from a checkpoint.

    What the journal holds beyond `position` was undone by the kernel's death and is about to be
    done again: readers drop it.
    """

    type: ClassVar[Literal["start"]] = "start"
    time: float
    writer: Writer
    epochs: int
    """Epochs asked for in all."""
    batches: int
    position: Position
    resumed: bool
    checkpoint: str | None = None
    """File name of the checkpoint it goes on from."""
    report: list[str] = field(default_factory=list)
    """What a person should know of this resume: damaged checkpoints passed over, changes noticed."""
    findings: list[Finding] = field(default_factory=list)
    """The resume report: each piece of state, and what became of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Consecutive training steps, in columns: one line of the journal holds a tenth of a second."""

    type: ClassVar[Literal["steps"]] = "steps"
    time: float
    """When the last of them ended."""
    step: int
    """Number of the first of them, from one, since the run began."""
    epoch: int
    """The epoch that they belong to (all to one), from one."""
    batch: int
    """Number of the first of them within its epoch, from one."""
    count: int
    logs: dict[str, list[float]]
    """Keras' logs at the end of each batch: means over the epoch so far."""
    learning_rate: list[float]
    """The rate that each step used; a single value if they all used the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """An epoch ended, validation included."""

    type: ClassVar[Literal["epoch"]] = "epoch"
    time: float
    epoch: int
    step: int
    logs: dict[str, float]
    learning_rate: float
    """The rate that the epoch's last step used."""
    seconds: float
    """Since this process began the epoch (its remainder, after a resume)."""
    inherited: bool = False
    """Copied from the run that this one was forked from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A checkpoint is complete and durable."""

    type: ClassVar[Literal["checkpoint"]] = "checkpoint"
    time: float
    file: str
    position: Position
    bytes: int
    seconds: float
    """How long it took to write, in the background."""
    monitor: str | None
    value: float | None
    """The monitored value at an epoch's end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """Checkpoints were deleted by the retention rule."""

    type: ClassVar[Literal["pruned"]] = "pruned"
    time: float
    files: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """Something went wrong that training survived: a full disk, a callback that cannot be saved."""

    type: ClassVar[Literal["warning"]] = "warning"
    time: float
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The process left `fit` in an orderly way. A kernel's death leaves no such record."""

    type: ClassVar[Literal["end"]] = "end"
    time: float
    status: Literal["finished", "interrupted", "failed"]
    position: Position
    reason: str
    """`completed`, `stopped early`, `KeyboardInterrupt`, or the error's type and message."""


Action = Literal["pause", "continue", "stop", "checkpoint", "learning_rate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Controlled:
    """Training answers a request of the page (`Control`): carried out, or refused and why.

    Every request is answered once. Between `pause` and `continue` (or `stop`) training stands still.
    """

    type: ClassVar[Literal["control"]] = "control"
    time: float
    id: str
    """Of the request."""
    action: Action
    value: float | None
    position: Position
    done: bool
    detail: str
    """What it came to, in words for a person: "stopped, checkpoint saved", or why it was refused."""


Outcome = Literal["open", "resumed", "died", "failed", "abandoned"]
"""Of an attempt to resume. `open`: under way. `resumed`: training went on. `died`: the kernel died on
the way. `failed`: a cell failed, or nothing could be run; trying again would not help. `abandoned`:
who made it was gone before it came to anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """`attempt-<n>.json` in the run folder: somebody resumes the run without being asked for it.

    Made exclusively, so that only one acts: while it is `open` and was touched lately, nobody else
    does (`run/attempts.py`). The next process that trains the run takes it down in the journal.
    """

    schema: int = SCHEMA
    number: int
    """From one, over the life of the run."""
    by: Literal["page", "server"]
    who: str
    """Which page or server."""
    time: float
    step: int
    """Of the newest checkpoint: what progress is measured by."""
    checkpoint: str | None
    """Its file name."""
    outcome: Outcome = "open"
    detail: str = ""
    """What went wrong, in words for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """A run was to be resumed by itself, and this is what came of it."""

    type: ClassVar[Literal["attempt"]] = "attempt"
    time: float
    """When the journal took it down: the process of the `start` before this line has taken over."""
    attempt: Attempt


JournalEvent = Start | Steps | Epoch | Checkpoint | Pruned | Warned | Controlled | Attempted | End
"""A line of `journal.jsonl`; its `type` says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The state of a run: a pure fold over its journal (`run/fold.py`, `runs/fold.ts`).

    Under the key `kresume` it stands in `history.json`, beside the metrics' lists, for whoever
    wants to know how a run stands without reading its journal.
    """

    schema: int = SCHEMA
    name: str
    status: Status
    reason: str
    epochs: int
    """Epochs asked for."""
    batches: int
    position: Position
    """Where training stood when last heard of."""
    epoch: list[int]
    """The numbers of the epochs that the metrics' lists hold."""
    learning_rate: list[float]
    """Of each epoch's last step."""
    resumes: list[Position]
    """Where the run went on after an interruption."""
    checkpoints: list[Checkpoint]
    """Those kept, oldest first."""
    updated: float
    """Time of the newest event."""
    step: list[int] = field(default_factory=list)
    """Of each epoch the number of its last step."""
    time: list[float] = field(default_factory=list)
    """When each epoch ended."""
    seconds: list[float] = field(default_factory=list)
    """Seconds of training at each epoch's end: dead time and pauses are cut out (`run/clock.py`)."""
    inherited: int = 0
    """How many of the epochs, from the first on, were copied from the run that this one forked."""
    lacking: dict[str, list[int]] = field(default_factory=dict)
    """Of each metric that some epochs lack, the epochs that have it."""
    journal: int = 0
    """Bytes of the journal that all this was folded from; 0 if not said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Data of our MIME type in a notebook's output: which run to show, and nothing that grows."""

    mime: ClassVar[Literal["application/vnd.kresume.run+json"]] = "application/vnd.kresume.run+json"
    schema: int = SCHEMA
    run: str
    folder: str
    """Path of the run folder, relative to the notebook's folder, with forward slashes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeRequest:
    """`metadata.kresume` of an execute request: how the page tells `fit` what was chosen.

    `action="resume"` goes on in `run` from `checkpoint` (the newest good one if none is named);
    `"fork"` begins a new run from that checkpoint, and leaves `run` as it is; `"new"` starts over;
    `"setup"` marks a set-up cell that is executed again on the way to another
    run's training cell: a finished run there is restored, not trained anew.
    """

    action: Literal["resume", "fork", "new", "setup"]
    run: str | None = None
    checkpoint: str | None = None
    attempt: int | None = None
    """Number of the `Attempt` that this request belongs to, if nobody clicked."""
    taken: float | None = None
    """When the run was last taken up, as the page saw it (`Writer.started`). If it was taken up since,
    by a second click or another tab, the request is out of date: training goes on as it stands."""
    newest: str | None = None
    """The newest run of the same training cell, as the page saw it. Where a newer one has begun, a
    request for a new run or a fork is out of date, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A checkpoint that training can go on from, as a person chooses among them."""

    checkpoint: str
    """Its file name."""
    position: Position
    logs: dict[str, float]
    """Loss and metrics there: of the epoch that ended, or of the step."""
    time: float
    """When it was saved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question in a cell's output while the kernel waits in that cell: resume, and from where?

    It is asked as long as the file `ask-<id>.json` is in the run folder, which the kernel touches
    every second. A page answers with files `ask-<id>-<name>.json` beside it (`AskReply`): comm
    messages do not reach a kernel that is busy.
    """

    mime: ClassVar[Literal["application/vnd.kresume.ask+json"]] = "application/vnd.kresume.ask+json"
    schema: int = SCHEMA
    id: str
    run: str
    folder: str
    """Path of the run folder, relative to the notebook's folder, with forward slashes."""
    status: Status
    position: Position
    """Where training stood when last heard of."""
    epochs: int
    batches: int
    points: list[Point]
    """Newest first; the first is what the countdown ends in."""
    seconds: float
    """Of the countdown."""
    created: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AskReply:
    """What a page says to an `Ask`: that somebody sees it, or what was chosen.

    After `"waiting"` the kernel expects to hear from a page again within `patience` seconds.
    """

    schema: int = SCHEMA
    id: str
    """Of the question."""
    action: Literal["waiting", "resume", "fork", "new"]
    checkpoint: str | None = None
    patience: float = 0.0
    time: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """`control-<n>.json` in the run folder: a page asks a training that runs for something."""

    schema: int = SCHEMA
    id: str
    """Chosen by the page; the answer in the journal carries it."""
    action: Action
    value: float | None = None
    """The learning rate, for `learning_rate`."""
    time: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Kernel to widget: more of the journal; without lines, a sign of life."""

    type: ClassVar[Literal["lines"]] = "lines"
    first: int
    """How many lines of the journal come before these."""
    lines: list[str]
    alive: bool
    """Whether a process still writes the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Kernel to widget: a message was read. Comes late where a kernel reads none while a cell runs."""

    type: ClassVar[Literal["heard"]] = "heard"
    id: str
    taken: bool
    """Whether there was a training to hand it to. The journal answers a request that was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen:
    """Widget to kernel: send the journal again from that line on."""

    type: ClassVar[Literal["reopen"]] = "reopen"
    id: str
    first: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Widget to kernel: a request, which elsewhere is a file."""

    type: ClassVar[Literal["wish"]] = "wish"
    control: Control


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoSwitch:
    """How a run's switch "resume by itself" stands. The user's server keeps it, never the run folder."""

    on: bool
    since: float | None = None
    """When it was turned on. Attempts before that do not count."""
    unattended: bool = False
    """Whether the server resumes where no page is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """`marks.json`: what a person said of a run. Pages write it; training only reads it.

    A run's folder keeps its name for good (forks and notebooks refer to it), so that to rename a run
    is to give it a title. To pin one keeps what it holds then: no pruning and no retention rule
    deletes the checkpoints named here, and a pinned run is not deleted.
    """

    schema: int = SCHEMA
    title: str = ""
    """Shown in place of the folder's name."""
    pinned: bool = False
    checkpoints: list[str] = field(default_factory=list)
    """File names of those that are kept, whatever the retention rule says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A run in a list."""

    folder: str
    """Path of the run folder below the server's root, with forward slashes."""
    name: str
    title: str
    pinned: bool
    notebook: str | None
    created: float
    updated: float
    status: Status
    reason: str
    epochs: int
    batches: int
    position: Position
    monitor: str | None
    """The log that tells which epoch was best; None before the first has ended."""
    best: float | None
    best_epoch: int | None
    trail: list[float]
    """The loss of the epochs, thinned out to what a small picture can show."""
    checkpoints: int
    bytes: int
    """Of all files of the run."""
    kernel: str | None
    """That writes the run, or wrote it last."""
    began: float
    """When that process took the run up."""
    heartbeat: float | None
    """Seconds since its process gave a sign of life; None if there was none."""
    problem: str = ""
    """Why the run cannot be read. What else stands here then means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRows:
    """The runs in a folder or below it, as the server extension lists them."""

    rows: list[RunRow]
    complete: bool
    """Whether all was looked through: a search ends where it has gone far enough."""


CompareAxis = Literal["epoch", "step", "examples", "time", "elapsed"]
"""What runs are laid side by side by. `time` is seconds of training, without dead time and pauses;
`elapsed` is what a clock on the wall showed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointRef:
    """A checkpoint of some run."""

    run: str
    """Of a comparison: the run's `key`. For the server extension: its folder below the root."""
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareView:
    """How a comparison is looked at: what a link to it restores."""

    x: CompareAxis = "epoch"
    metrics: list[str] = field(default_factory=list)
    """Charts, in order; none: the page chooses."""
    smoothing: float = 0.0
    """0 to 1: share of the mean so far in each point (`charts/smoothing.ts`)."""
    log: bool = False
    best: bool = False
    """Draw the best value so far."""
    hidden: list[str] = field(default_factory=list)
    """Keys of the runs that are not drawn."""
    sort: str = ""
    """Column of the table; empty: as given."""
    descending: bool = False
    differing: bool = True
    """Show only facts that differ."""
    checkpoints: list[CheckpointRef] = field(default_factory=list)
    """The two that are laid side by side, if any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareBundle:
    """Data of a comparison's MIME type in a notebook's output: which runs, and nothing that grows."""

    mime: ClassVar[Literal["application/vnd.kresume.compare+json"]] = (
        "application/vnd.kresume.compare+json"
    )
    schema: int = SCHEMA
    folders: list[str]
    """Paths of the run folders, relative to the notebook's folder, with forward slashes."""
    view: CompareView = field(default_factory=CompareView)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A run as a comparison reads it: `run.json` and `history.json`, and nothing of its steps."""

    key: str
    """Path of the run folder as it was asked for, with forward slashes: no two are the same."""
    title: str = ""
    """From `marks.json`."""
    header: Header | None
    summary: Summary | None
    history: dict[str, list[float]]
    """Metrics at epochs' ends, as in `history.json`."""
    problem: str = ""
    """Why the run cannot be read; `header` and `summary` are then missing."""
    thinned: int = 0
    """How many epochs there are, if only extremes of them are told (`run/thinned.py`); else 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightChange:
    """What became of some weights from checkpoint `a` to `b` (`weights/__init__.py` defines each)."""

    count: int
    norm_a: float
    norm_b: float
    change: float
    relative: float
    cosine: float
    changed: float
    """Share of the weights, 0 to 1."""
    bad_a: int
    """Not finite."""
    bad_b: int
    units: int
    """0 if they are not told."""
    dead_a: int
    dead_b: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableChange:
    """A variable that both checkpoints have."""

    path: str
    """In the file, as in `layers/dense_1/vars/0`."""
    name: str
    shape: list[int]
    dtype: str
    """In `b`."""
    weights: WeightChange


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerChange:
    """A layer that both checkpoints have, with all of its variables."""

    path: str
    """In the file, as in `layers/dense_1`: what layers match by."""
    label: str
    """Its name in the model of `b`, behind those of the layers around it."""
    weights: WeightChange
    """Of its variables together."""
    variables: list[VariableChange]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """A variable that cannot be compared."""

    path: str
    label: str
    shape_a: list[int] | None
    """None if `a` has no such variable."""
    shape_b: list[int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Two checkpoints side by side, layer by layer in the order of the file."""

    a: CheckpointRef
    b: CheckpointRef
    layers: list[LayerChange]
    total: WeightChange
    unmatched: list[Unmatched]


@dataclass(frozen=True, slots=True, kw_only=True)
class DamagedCheckpoint:
    """A checkpoint that was passed over."""

    file: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSeries:
    """A layer over the checkpoints of a run."""

    path: str
    label: str
    norm: list[float]
    """In each checkpoint; NaN in those that lack it."""
    relative: list[float]
    """From each checkpoint to the next: one fewer."""
    bad: list[int]
    """Not finite, in each checkpoint."""
    dead: list[int]
    """Units, in each checkpoint."""
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSeries:
    """How each layer moved from one kept checkpoint of a run to the next: layers by time."""

    run: str
    """As in `CheckpointRef`."""
    files: list[str]
    """Oldest first."""
    positions: list[Position]
    layers: list[LayerSeries]
    damaged: list[DamagedCheckpoint]


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """How the finite numbers of a variable are spread in two checkpoints, in the same bins."""

    path: str
    edges: list[float]
    """One more than there are bins; empty if no number is finite."""
    a: list[int]
    b: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareAsk:
    """Widget to kernel: read something of a comparison."""

    type: ClassVar[Literal["compare-ask"]] = "compare-ask"
    id: str
    what: Literal["run", "whole", "series", "changes", "histogram"]
    """`run` may come thinned."""
    run: str
    """Key of the run that is asked for, or that `series` is of; else empty."""
    a: CheckpointRef | None
    b: CheckpointRef | None
    """The checkpoints that `changes` and `histogram` are of."""
    variable: str
    """Path of the variable that `histogram` is of; else empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareAnswer:
    """Kernel to widget: what was asked for."""

    type: ClassVar[Literal["compare-answer"]] = "compare-answer"
    id: str
    answer: str = ""
    """JSON: `Compared`, `ChangeSeries`, `Changes` or `Histogram`."""
    lost: bool = False
    """Whether the process of a run that says it runs is gone."""
    problem: str = ""
    """Why there is no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """How a kernel's process ended, as the server that had started it saw."""

    time: float
    status: int | None
    """Its exit status; the negative number of the signal that killed it; None if that is not known."""
    asked: Literal["restart", "shutdown"] | None
    """What somebody asked for, if that ended it."""
    memory: bool
    """Whether the system killed a process for want of memory at that time, most likely this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What a server can tell of the end of a run's process (`kresume/ended`); it guesses nothing."""

    schema: int = SCHEMA
    host: str
    started: float
    """When the server's own process began: kernels do not outlive their server."""
    booted: float | None
    """When the machine was switched on."""
    death: Death | None


DOCUMENTS: tuple[type, ...] = (
    Header,
    Summary,
    Bundle,
    ResumeRequest,
    Ask,
    AskReply,
    Control,
    Marks,
    RunRows,
    CompareBundle,
    Compared,
    Changes,
    ChangeSeries,
    Histogram,
    Attempt,
    AutoSwitch,
    Ended,
)
MESSAGES: tuple[type, ...] = (Lines, Heard, Reopen, Wish, CompareAsk, CompareAnswer)
"""What a widget and its kernel say to each other."""
EVENTS: tuple[type, ...] = (
    Start,
    Steps,
    Epoch,
    Checkpoint,
    Pruned,
    Warned,
    Controlled,
    Attempted,
    End,
)
PARTS: tuple[type, ...] = (
    Position,
    Writer,
    Cell,
    DataArray,
    Parent,
    Finding,
    Point,
    RunRow,
    CheckpointRef,
    CompareView,
    WeightChange,
    VariableChange,
    LayerChange,
    Unmatched,
    DamagedCheckpoint,
    LayerSeries,
    Death,
)
