"""Which checkpoints of a run may go, by a rule that a person gives: pure.

Whatever the rule, these stay: pinned ones (`marks.json`), all of a pinned run, the best by its
monitored value, and of a run that has not finished the newest, which is where it goes on.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

from kresume_nb.errors import ArgumentError
from kresume_nb.run.monitored import best, greater_is_better
from kresume_nb.run.records import Checkpoint, Marks, Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is to stay.

    Args:
        keep_last: how many of the newest checkpoints at epochs' ends.
        keep_best: how many of the best, from 1.
        keep_every: besides, those after each so many epochs; 0 for none.

    Raises:
        ArgumentError: naming the argument.
    """

    keep_last: int = 1
    keep_best: int = 1
    keep_every: int = 0

    def __post_init__(self) -> None:
        for name, least in (("keep_last", 0), ("keep_best", 1), ("keep_every", 0)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise ArgumentError(
                    f"{name}={value!r} cannot be used. Expected a whole number from {least}."
                )


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a checkpoint."""

    checkpoint: Checkpoint
    stays: str
    """Why it stays; empty if it goes."""


def decide(summary: Summary, marks: Marks, rule: Rule) -> list[Fate]:
    """The fate of each checkpoint of a run, oldest first."""
    ordered = sorted(summary.checkpoints, key=lambda one: one.position.step)
    ends = [one for one in ordered if one.position.batch == 0]
    newest = ordered[-1].file if ordered else ""
    last = {one.file for one in ends[len(ends) - rule.keep_last :]} if rule.keep_last else set()
    leading = _best(ends, rule.keep_best)

    def why(one: Checkpoint) -> str:
        if marks.pinned:
            return "the run is pinned"
        if one.file in marks.checkpoints:
            return "pinned"
        if one.file in leading:
            return f"best {one.monitor}"
        if one.file == newest and summary.status != "finished":
            return "where the run goes on"
        if one.file in last:
            return "newest"
        every = rule.keep_every
        if every and one.position.batch == 0 and one.position.epoch % every == 0:
            return f"every {every} epochs"
        return ""

    return [Fate(one, why(one)) for one in ordered]


def _best(ends: Collection[Checkpoint], count: int) -> set[str]:
    rest = [one for one in ends if one.value is not None and math.isfinite(one.value)]
    found: set[str] = set()
    while rest and len(found) < count:
        index = best(
            [one.value or 0.0 for one in rest], greater=greater_is_better(rest[-1].monitor)
        )
        found.add(rest.pop(index or 0).file)
    return found
