"""What kernel, server and page say to each other: about runs, about resuming, and to a widget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from kresume_nb.run.records.parts import SCHEMA, Action, Attempt, Direction, Position, Status


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

    A cell may call `fit` several times. The request concerns the call that began `run`; the calls
    before it are given back. One about a run of another notebook concerns the first call.
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
    mode: Direction | None = None
    """Which way `monitor` is better; None if there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRows:
    """The runs in a folder or below it, as the server extension lists them."""

    rows: list[RunRow]
    complete: bool
    """Whether all was looked through: a search ends where it has gone far enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    """`POST kresume/prune`: which checkpoints a rule lets go, or let go."""

    files: list[str]
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFolders:
    """The run folders in a folder that changed last, as the server extension names them."""

    names: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAttempt:
    """An attempt whose file lies in a run folder."""

    attempt: Attempt
    age: float
    """Seconds since it was touched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAttempts:
    """The newest attempts whose files lie in a run folder, in their order, as the server extension tells."""

    attempts: list[FoundAttempt]


@dataclass(frozen=True, slots=True, kw_only=True)
class There:
    """Whether there is a file at an address, as the server extension tells."""

    there: bool


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
