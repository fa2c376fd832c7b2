"""What other records are made of, and the attempts, which are files first and then in the journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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


Direction = Literal["min", "max"]
"""Whether the least or the greatest value of a metric is the best one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """When a run saves checkpoints and which it keeps: the `Checkpointing` that `fit` was given."""

    every_epochs: int | None
    every_steps: int | None
    every_seconds: float | None
    """0: continuously."""
    keep_last: int | None
    """None: all."""
    keep_best: int
    monitor: str | None
    """None: `val_loss`, or `loss` without validation."""
    mode: Literal["auto", "min", "max"]
    """As it was given; what it came to is in `Monitored`."""


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
    what such cells usually do, so a resume runs them only if they stand above the training cell, and
    only a digest of their source is stored."""
    place: int | None = None
    """Of the training cell: its index among the code cells of the saved notebook, if it was found
    there. It finds a cell again whose executor sends no id once the cell has been edited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataArray:
    """One array of the training data: what a resume compares to see that the data is the same."""

    name: str
    shape: list[int]
    dtype: str
    digest: str
    """SHA-256 of a bounded sample of the rows (`train/sources/fingerprint.py`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """The run that this one was forked from."""

    run: str
    checkpoint: str
    epoch: int


Action = Literal["pause", "continue", "stop", "checkpoint", "learning_rate"]


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
