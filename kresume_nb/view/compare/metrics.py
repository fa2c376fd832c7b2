"""Which metrics runs have in common, and which of a metric's values is best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kresume_nb.run.monitored import greater_is_better
from kresume_nb.run.records import Compared

Mode = Literal["min", "max"]
_FIRST = ("loss", "val_loss")


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of a comparison."""

    name: str
    mode: Mode
    runs: list[str]
    """Keys of the runs that have it."""
    common: bool
    """Whether all readable runs with epochs have it."""


@dataclass(frozen=True, slots=True)
class Best:
    """A value, and the epoch that it was reached in."""

    value: float
    epoch: int


def mode_of(name: str) -> Mode:
    """Whether the best value is the least or the greatest."""
    return "max" if greater_is_better(name) else "min"


def metrics(runs: Sequence[Compared]) -> list[Metric]:
    """All metrics, in the order in which to offer them."""
    begun = [run for run in runs if run.summary is not None and run.summary.epoch]
    having: dict[str, list[str]] = {}
    for run in begun:
        for name, values in run.history.items():
            if values:
                having.setdefault(name, []).append(run.key)
    names = sorted(
        having,
        key=lambda name: (
            len(having[name]) < len(begun),
            _FIRST.index(name) if name in _FIRST else len(_FIRST),
        ),
    )
    return [
        Metric(name, mode_of(name), having[name], len(having[name]) == len(begun)) for name in names
    ]


def first_metric(found: Sequence[Metric]) -> str:
    """The metric to begin with; empty if there is none."""
    common = {one.name for one in found if one.common}
    preferred = [name for name in ("val_loss", "loss") if name in common]
    return (*preferred, *(one.name for one in found), "")[0]


def best_of(values: Sequence[float], epochs: Sequence[int], mode: Mode) -> Best | None:
    """The best finite value, the earliest of equals; None if no value is finite."""
    best: Best | None = None
    for value, epoch in zip(values, epochs, strict=True):
        if math.isfinite(value) and (best is None or _better(value, best.value, mode)):
            best = Best(value, epoch)
    return best


def envelope(values: Sequence[float], mode: Mode) -> list[float]:
    """The best finite value so far at each; NaN before the first."""
    found: list[float] = []
    best = math.nan
    for value in values:
        if math.isfinite(value) and (math.isnan(best) or _better(value, best, mode)):
            best = value
        found.append(best)
    return found


def _better(value: float, other: float, mode: Mode) -> bool:
    return value < other if mode == "min" else value > other
