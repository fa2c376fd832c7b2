"""Which metrics runs have in common, and which of a metric's values is best."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from kresume_nb.run.metric_direction import direction, stored_direction
from kresume_nb.run.records import Compared, Direction

Mode = Direction
_RATES = frozenset(("learning_rate", "lr"))
"""Logged by callbacks of Keras, and no metrics: each run has its learning rate anyhow."""
_FIRST = ("loss", "val_loss")
_CHOOSE: dict[Mode, Callable[..., Any]] = {"min": min, "max": max}
"""The first of equals, both of them."""


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


def mode_of(name: str, runs: Iterable[Compared] = ()) -> Mode:
    """Whether the best value is the least or the greatest: as the first run says that says it."""
    summaries = (run.summary for run in runs if run.summary is not None)
    said = (stored_direction(name, summary) for summary in summaries)
    return direction(name, next(filter(None, said), None))


def metrics(runs: Sequence[Compared]) -> list[Metric]:
    """All metrics, in the order in which to offer them."""
    begun = [run for run in runs if run.summary is not None and run.summary.epoch]
    having: dict[str, list[str]] = {}
    for run in begun:
        for name, values in run.history.items():
            if values and name not in _RATES:
                having.setdefault(name, []).append(run.key)
    names = sorted(
        having,
        key=lambda name: (
            len(having[name]) < len(begun),
            _FIRST.index(name) if name in _FIRST else len(_FIRST),
        ),
    )
    return [
        Metric(name, mode_of(name, runs), having[name], len(having[name]) == len(begun))
        for name in names
    ]


def first_metric(found: Sequence[Metric]) -> str:
    """The metric to begin with; empty if there is none."""
    common = {one.name for one in found if one.common}
    preferred = [name for name in ("val_loss", "loss") if name in common]
    return (*preferred, *(one.name for one in found), "")[0]


def best_of(values: Sequence[float], epochs: Sequence[int], mode: Mode) -> Best | None:
    """The best finite value, the earliest of equals; None if no value is finite."""
    finite = list(filter(math.isfinite, values))
    if not finite:
        return None
    value = _CHOOSE[mode](finite)
    return Best(value, epochs[values.index(value)])


def envelope(values: Sequence[float], mode: Mode) -> list[float]:
    """The best finite value so far at each; NaN before the first."""
    choose = _CHOOSE[mode]
    if all(map(math.isfinite, values)):
        return list(accumulate(values, choose))
    # What is not finite is better than nothing, and worse than any value.
    worst = math.inf if mode == "min" else -math.inf
    found = accumulate((value if math.isfinite(value) else worst for value in values), choose)
    return [math.nan if value == worst else value for value in found]
