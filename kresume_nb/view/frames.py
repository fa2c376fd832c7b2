"""Runs as pandas data frames, for those who have pandas."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

from kresume_nb.errors import MissingPandasError
from kresume_nb.run.records import CompareAxis, Compared, Summary
from kresume_nb.view.compare.curves import of_metric, place
from kresume_nb.view.compare.labels import labels

_AXES: tuple[CompareAxis, ...] = ("step", "examples", "time", "elapsed")


def of_steps(columns: Mapping[str, Sequence[float]]) -> Any:
    """A row a step, by its number."""
    return _pandas().DataFrame(dict(columns)).set_index("step")


def of_epochs(summary: Summary, history: Mapping[str, Sequence[float]]) -> Any:
    """A row an epoch, by its number; a metric that an epoch lacks is NaN there."""
    run = Compared(key=summary.name, header=None, summary=summary, history=_lists(history))
    columns: dict[str, Any] = {
        "epoch": summary.epoch,
        "step": summary.step,
        "seconds": summary.seconds,
        "learning_rate": summary.learning_rate,
    }
    columns |= {name: _spread(run, name) for name in history}
    return _pandas().DataFrame(columns).set_index("epoch")


def of_runs(runs: Sequence[Compared]) -> Any:
    """A row for each epoch of each run, by the run's label and the epoch's number."""
    pandas = _pandas()
    named = labels(runs)
    places = {axis: place(runs, axis) for axis in _AXES}
    names = list(dict.fromkeys(name for run in runs for name in run.history))
    parts = [
        pandas.DataFrame(
            {"run": named[run.key], "epoch": run.summary.epoch}
            | {axis: places[axis][run.key] for axis in _AXES}
            | {"learning_rate": run.summary.learning_rate}
            | {name: _spread(run, name) for name in names}
        )
        for run in runs
        if run.summary is not None and run.summary.epoch
    ]
    columns = ["run", "epoch", *_AXES, "learning_rate", *names]
    found = pandas.concat(parts, ignore_index=True) if parts else pandas.DataFrame(columns=columns)
    return found.set_index(["run", "epoch"])


def _spread(run: Compared, metric: str) -> list[float]:
    """A value for each epoch, NaN where it has none."""
    found = [math.nan] * (len(run.summary.epoch) if run.summary is not None else 0)
    for row, value in zip(*of_metric(run, metric), strict=True):
        found[row] = value
    return found


def _lists(history: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    return {name: list(values) for name, values in history.items()}


def _pandas() -> ModuleType:
    try:
        return import_module("pandas")
    except ImportError:
        raise MissingPandasError(
            "A data frame needs pandas, which is not installed: `pip install pandas`. Without it, "
            "Run.history and Run.steps are plain dicts of lists."
        ) from None
