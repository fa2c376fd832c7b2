"""The files of a run folder, except for the journal's lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kresume_nb.run.records.journal import Checkpoint
from kresume_nb.run.records.parts import (
    SCHEMA,
    Cell,
    DataArray,
    Direction,
    Parent,
    Policy,
    Position,
    Status,
    Writer,
)


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
    notebook_path: str | None = None
    """Path of the notebook (or script), relative to the folder of the run folders, with forward
    slashes. None if the process did not know it, or an older version wrote the run."""
    execution: str = ""
    """Which execution of the training cell (in a script: which process) the run belongs to. One that
    repeats a broken execution goes on under its id. Empty if an older version wrote the run."""
    call: int = 1
    """Which call of `fit` under this base name it was within that execution, from one."""
    execution_complete: bool = True
    """Whether that execution came to its end with all of its trainings finished. Until it has, it
    counts as broken: run again, it gives finished trainings back instead of training them anew."""
    execution_failed: bool = False
    """Whether that execution ended by an error or by the stop button: its kernel lived on, and who was
    there knows of it. One that is neither complete nor failed was killed, or is under way."""
    default_name: bool = False
    """Whether `base` is the notebook's name, because the call gave none. It stays if the notebook is
    renamed. False also if an older version wrote the run."""
    start: str = ""
    """Digest of the model's variables and the random streams as training began; empty if not known."""
    policy: Policy | None = None
    """None of an older version."""


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
    monitor: str | None = None
    """The log that says which checkpoint is best; None if not said."""
    directions: dict[str, Direction] = field(default_factory=dict)
    """Of each log for which it is known; decided in training, by Keras' rule."""
    skipped: list[int] = field(default_factory=list)
    """Epochs at whose ends no checkpoint was written, because the disk was slower (`Checkpoint`)."""


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
