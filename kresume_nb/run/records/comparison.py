"""What is said about several runs side by side, and about what changed between checkpoints."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from kresume_nb.run.records.folder import Header, Summary
from kresume_nb.run.records.parts import SCHEMA, Position

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
    """How many epochs there are, if only extremes of them are told (`run/downsampling.py`); else 0."""


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
