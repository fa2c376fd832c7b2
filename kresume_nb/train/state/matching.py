"""Which callback of the notebook takes which state of a checkpoint.

Callbacks have no names. Of those of one class, the one that is made as the old one was takes its
state, so that one may be added, taken out or moved; among equals, order decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def match(
    saved: Sequence[Mapping[str, Any]], present: Sequence[Mapping[str, Any]]
) -> list[int | None]:
    """For each callback that is present, the number of its state; None if it has none.

    Args:
        saved, present: of each, its `class`, its `module`, and by attribute what it was `made` with.
    """
    pairs = sorted(
        (one.get("module") != other["module"], differences(one, other), abs(old - new), new, old)
        for new, other in enumerate(present)
        for old, one in enumerate(saved)
        if one["class"] == other["class"]
    )
    chosen: list[int | None] = [None] * len(present)
    taken: set[int] = set()
    for *_, new, old in pairs:
        if chosen[new] is None and old not in taken:
            chosen[new] = old
            taken.add(old)
    return chosen


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> int:
    """How many attributes the two were made with differently."""
    made, present = one.get("made", {}), other["made"]
    return sum(made[name][0] != present[name][0] for name in made.keys() & present.keys())


def reordered(chosen: Sequence[int | None]) -> bool:
    """Whether those that have a state stand in another order than then."""
    numbers = [one for one in chosen if one is not None]
    return numbers != sorted(numbers)
