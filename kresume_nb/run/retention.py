"""Which checkpoints of a run stay: the one rule of training, of `kresume prune` and of the page.

Whatever rule a person gives, these stay: pinned ones (`marks.json`), all of a pinned run, the best by
its monitored value, and of a run that has not finished the newest, which is where it goes on.

What is best is decided by the direction that training stored with each checkpoint. Runs of older
versions do not say: unless it is a loss, the candidates of both directions stay.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from kresume_nb.errors import ArgumentError
from kresume_nb.run.metric_direction import best, checkpoints_direction, is_loss
from kresume_nb.run.records import Checkpoint, Direction, Marks, Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is to stay.

    Args:
        keep_last: how many of the newest checkpoints at epochs' ends; None for all.
        keep_best: how many of the best, from 1.
        keep_every: besides, those after each so many epochs; 0 for none.

    Raises:
        ArgumentError: naming the argument.
    """

    keep_last: int | None = 1
    keep_best: int = 1
    keep_every: int = 0

    def __post_init__(self) -> None:
        for name, least in (("keep_last", 0), ("keep_best", 1), ("keep_every", 0)):
            value = getattr(self, name)
            if value is None and name == "keep_last":
                continue
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
    ordered = _ordered(summary.checkpoints)
    newest = ordered[-1].file if ordered else ""
    found = staying(
        ordered,
        keep_last=rule.keep_last,
        keep_best=rule.keep_best,
        keep_every=rule.keep_every,
        mode=_said(summary),
    )

    def why(one: Checkpoint) -> str:
        if marks.pinned:
            return "the run is pinned"
        if one.file in marks.checkpoints:
            return "pinned"
        reason = found.get(one.file, "")
        if not reason.startswith("best") and one.file == newest and summary.status != "finished":
            return "where the run goes on"
        return reason

    return [Fate(one, why(one)) for one in ordered]


def staying(
    checkpoints: Sequence[Checkpoint],
    *,
    keep_last: int | None,
    keep_best: int,
    keep_every: int = 0,
    keep_within: int | None = 0,
    mode: Direction | None = None,
) -> dict[str, str]:
    """The files that stay, and why.

    Args:
        checkpoints: all that there are.
        keep_last: how many of the newest at epochs' ends; None for all.
        keep_best: how many of the best at epochs' ends.
        keep_every: those after each so many epochs; 0 for none.
        keep_within: how many of the newest within the epoch being trained; None for all there are.
        mode: which way is better, where the checkpoints do not say.
    """
    ordered = _ordered(checkpoints)
    ends = [one for one in ordered if one.position.batch == 0]
    newest_end = ends[-1].position.step if ends else -1
    within = [one for one in ordered if one.position.step > newest_end]
    reasons: dict[str, str] = {}
    if keep_every:
        for one in ends:
            if one.position.epoch % keep_every == 0:
                reasons[one.file] = f"every {keep_every} epochs"
    reasons |= {
        one.file: "newest" for one in (*_last(ends, keep_last), *_last(within, keep_within))
    }
    return reasons | _best(ends, keep_best, mode)


def valued(ends: Sequence[Checkpoint]) -> tuple[str | None, list[Checkpoint]]:
    """The log that the newest valued checkpoint goes by, and those that have a finite value of it."""
    there = [one for one in ends if one.value is not None and math.isfinite(one.value)]
    monitor = there[-1].monitor if there else None
    return monitor, [one for one in there if one.monitor == monitor]


def _best(ends: Sequence[Checkpoint], count: int, mode: Direction | None) -> dict[str, str]:
    monitor, rest = valued(ends)
    said = checkpoints_direction(monitor or "", ends) or mode
    if said is None and monitor is not None and is_loss(monitor):
        said = "min"
    if said is not None:
        return {one.file: f"best {monitor}" for one in _ranked(rest, count, said)}
    lowest = {one.file: f"best {monitor}, if less is better" for one in _ranked(rest, count, "min")}
    highest = {
        one.file: f"best {monitor}, if more is better" for one in _ranked(rest, count, "max")
    }
    return lowest | highest


def _ranked(among: Sequence[Checkpoint], count: int, mode: Direction) -> list[Checkpoint]:
    rest = list(among)
    found: list[Checkpoint] = []
    while rest and len(found) < count:
        found.append(rest.pop(best([one.value or 0.0 for one in rest], mode) or 0))
    return found


def _last(among: list[Checkpoint], count: int | None) -> list[Checkpoint]:
    return among if count is None else among[-count:] if count else []


def _ordered(checkpoints: Sequence[Checkpoint]) -> list[Checkpoint]:
    return sorted(checkpoints, key=lambda one: one.position.step)


def _said(summary: Summary) -> Direction | None:
    monitor, _ = valued([one for one in _ordered(summary.checkpoints) if not one.position.batch])
    return summary.directions.get(monitor or "")
