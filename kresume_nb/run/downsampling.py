"""A long run as a small chart can show it: of each stretch of epochs the extremes of every metric. Pure.

Fifty runs of 10,000 epochs are 84 MB of JSON, of which a chart some hundred pixels wide can show a
tenth. What a table tells of them stays exact: best values are extremes, final ones are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from kresume_nb.run.records import Compared

STRETCHES = 256
"""About as many as a chart beside others has pairs of pixels."""

_LONG = 4096
"""Epochs; with fewer it is not worth the while."""

Value = TypeVar("Value", int, float)
Rows = npt.NDArray[np.intp]


def downsample(run: Compared, stretches: int = STRETCHES) -> Compared:
    """The run with fewer epochs, which are told as they were; unchanged if it is not long.

    Kept are the first and the last epoch, those where a fork leaves its parent, and of each stretch
    and metric (the learning rate is one) the earliest least and the earliest greatest finite value and
    the first that is not finite.
    """
    summary = run.summary
    if summary is None or len(summary.epoch) <= _LONG:
        return run
    count = len(summary.epoch)
    places = {epoch: row for row, epoch in enumerate(summary.epoch)} if summary.lacking else {}
    rows_of = {
        name: np.array([places[epoch] for epoch in epochs], np.intp)
        for name, epochs in summary.lacking.items()
    }
    every = np.arange(count)
    kept = np.zeros(count, bool)
    kept[[0, count - 1]] = True
    kept[max(0, summary.inherited - 1) : summary.inherited + 1] = True
    for name, values in [*run.history.items(), ("", summary.learning_rate)]:
        rows = rows_of.get(name, every)[: len(values)]
        kept[rows[extremes(values[: len(rows)], stretches)]] = True
    chosen: list[int] = np.flatnonzero(kept).tolist()

    def of(values: Sequence[Value]) -> list[Value]:
        return [values[row] for row in chosen if row < len(values)]

    def having(name: str) -> list[int]:
        found: list[int] = np.flatnonzero(kept[rows_of[name]]).tolist()
        return found

    return replace(
        run,
        history={
            name: [values[at] for at in having(name) if at < len(values)]
            if name in rows_of
            else of(values)
            for name, values in run.history.items()
        },
        summary=replace(
            summary,
            epoch=of(summary.epoch),
            learning_rate=of(summary.learning_rate),
            step=of(summary.step),
            time=of(summary.time),
            seconds=of(summary.seconds),
            inherited=int(kept[: summary.inherited].sum()),
            lacking={
                name: [epochs[at] for at in having(name)]
                for name, epochs in summary.lacking.items()
            },
        ),
        thinned=count,
    )


def extremes(values: Sequence[float], stretches: int) -> Rows:
    """The places of the earliest least, greatest and not finite value in each stretch, in no order."""
    length = -(-len(values) // stretches) or 1
    padded = np.full(-(-len(values) // length) * length, np.nan)
    padded[: len(values)] = values
    finite = np.isfinite(padded)
    table, there = padded.reshape(-1, length), finite.reshape(-1, length)
    begins = np.arange(len(table)) * length
    least = np.where(there, table, np.inf).argmin(axis=1)
    greatest = np.where(there, table, -np.inf).argmax(axis=1)
    missing = (~there).argmax(axis=1)
    some, lacking = there.any(axis=1), ~there.all(axis=1)
    found = np.concatenate(
        [(begins + least)[some], (begins + greatest)[some], (begins + missing)[lacking]]
    )
    return found[found < len(values)]
