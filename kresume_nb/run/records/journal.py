"""The lines of `journal.jsonl`: what happened to a run, in the order in which it happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from kresume_nb.run.records.parts import Action, Attempt, Direction, Position, Writer

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
    mode: Direction | None = None
    """Whether the least or the greatest `value` is best; None of an older version."""
    skipped: list[int] = field(default_factory=list, hash=False)
    """Epochs at whose ends a snapshot was taken but not written, since the checkpoint before: the disk
    was slower than training, and the retention rule would have deleted the file by now."""
    skipped_within: int = 0
    """How many snapshots within epochs were not written either, since the checkpoint before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitored:
    """How the logs of this training are to be read. Written at an epoch's end when it is news."""

    type: ClassVar[Literal["monitored"]] = "monitored"
    time: float
    monitor: str | None
    """The log that says which checkpoint is best; None if there is none."""
    directions: dict[str, Direction]
    """Of each log for which it is known, by Keras' rule (`train/checkpoint/metric_direction.py`)."""


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
class Verified:
    """A resume was put to the test: by the steps that it trained once more, as the journal has them."""

    type: ClassVar[Literal["verified"]] = "verified"
    time: float
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The process left `fit` in an orderly way. A kernel's death leaves no such record."""

    type: ClassVar[Literal["end"]] = "end"
    time: float
    status: Literal["finished", "interrupted", "failed"]
    position: Position
    reason: str
    """`completed`, `stopped early`, `KeyboardInterrupt`, `terminated` (by SIGTERM), or the error's type
    and message."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """A run was to be resumed by itself, and this is what came of it."""

    type: ClassVar[Literal["attempt"]] = "attempt"
    time: float
    """When the journal took it down: the process of the `start` before this line has taken over."""
    attempt: Attempt


JournalEvent = (
    Start
    | Steps
    | Epoch
    | Checkpoint
    | Monitored
    | Pruned
    | Warned
    | Verified
    | Controlled
    | Attempted
    | End
)
"""A line of `journal.jsonl`; its `type` says which."""
