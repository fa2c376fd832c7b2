"""A metric of each run on a common axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from kresume_nb.run.records import CompareAxis, Compared, Header, Summary
from kresume_nb.view.compare.lineage import tree
from kresume_nb.view.compare.metrics import envelope, mode_of

RATE = "learning_rate"


@dataclass(frozen=True, slots=True)
class Curve:
    """A metric of one run: a point an epoch."""

    key: str
    epoch: list[int]
    x: list[float]
    y: list[float]
    best: list[float]
    """The best value so far."""
    inherited: int
    """How many of the points, from the first on, are its parent's."""


def curves(runs: Sequence[Compared], metric: str, axis: CompareAxis) -> list[Curve]:
    """The metric of each readable run that has it, in the order of the runs."""
    places = place(runs, axis)
    mode = mode_of(metric, runs)
    found = []
    for run in runs:
        rows, y = of_metric(run, metric)
        if run.key not in places or not y:
            continue
        summary, xs = _summary(run), places[run.key]
        found.append(
            Curve(
                key=run.key,
                epoch=[summary.epoch[row] for row in rows],
                x=[xs[row] for row in rows],
                y=y,
                best=envelope(y, mode),
                inherited=sum(row < summary.inherited for row in rows) if summary.inherited else 0,
            )
        )
    return found


def of_metric(run: Compared, metric: str) -> tuple[Sequence[int], list[float]]:
    """The epochs that have the metric, as rows of the summary, and its value in each."""
    if run.summary is None:
        return [], []
    rate = metric == RATE
    values = run.summary.learning_rate if rate else run.history.get(metric, [])
    having = None if rate else run.summary.lacking.get(metric)
    if having is None:
        count = min(len(run.summary.epoch), len(values))
        return range(count), values[:count]
    row_of = {epoch: row for row, epoch in enumerate(run.summary.epoch)}
    known = [
        (row_of[epoch], value)
        for epoch, value in zip(having, values, strict=False)
        if epoch in row_of
    ]
    return [row for row, _ in known], [value for _, value in known]


def place(runs: Sequence[Compared], axis: CompareAxis) -> dict[str, list[float]]:
    """Per readable run where each of its epochs stands; a child's where its parent's do."""
    readable = {run.key: run for run in runs if run.header is not None and run.summary is not None}
    places: dict[str, list[float]] = {}
    for node in tree(list(readable.values())):
        run = readable[node.key]
        own = alone(run, axis)
        if node.parent is None:
            places[run.key] = own
            continue
        above = dict(zip(_summary(readable[node.parent]).epoch, places[node.parent], strict=True))
        places[run.key] = _continued(own, _summary(run), above)
    return places


def _continued(own: list[float], summary: Summary, above: dict[int, float]) -> list[float]:
    shift = 0.0
    found = []
    for row, x in enumerate(own):
        at = above.get(summary.epoch[row]) if row < summary.inherited else None
        shift = shift if at is None else at - x
        found.append(x + shift if at is None else at)
    return found


def alone(run: Compared, axis: CompareAxis) -> list[float]:
    """Where the epochs of a run stand, whatever its parent."""
    summary, header = run.summary, run.header
    if summary is None or header is None:
        return []
    if axis == "epoch":
        return [float(one) for one in summary.epoch]
    if axis == "step":
        return [float(one) for one in summary.step]
    if axis == "time":
        return list(summary.seconds)
    if axis == "examples":
        return _examples(summary, header)
    return _elapsed(summary)


def _examples(summary: Summary, header: Header) -> list[float]:
    samples, size = header.samples, header.batch_size
    batches = header.batches or summary.batches
    if samples > 0 and size > 0 and batches == math.ceil(samples / size):
        return [float(one * samples) for one in summary.epoch]
    return [float(one * max(1, size)) for one in summary.step]


def _elapsed(summary: Summary) -> list[float]:
    if not summary.time:
        return []
    origin = summary.time[0] - summary.seconds[0]
    found: list[float] = []
    for time in summary.time:
        found.append(max(time - origin, found[-1] if found else 0.0))
    return found


def _summary(run: Compared) -> Summary:
    if run.summary is None:
        raise ValueError(f"{run.key} has no summary: {run.problem}")
    return run.summary
