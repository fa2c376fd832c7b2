"""Which of a run's metrics tells how good it is, and which of its values is best: pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

_LOWER = ("loss", "error", "mse", "mae", "msle", "mape", "entropy", "divergence", "hinge")


def greater_is_better(name: str | None) -> bool:
    """Whether the larger of two values of a log is the better one, by the log's name."""
    plain = (name or "loss").removeprefix("val_").lower()
    return not any(word in plain for word in _LOWER)


def best(values: Sequence[float], *, greater: bool) -> int | None:
    """Index of the best value, the earliest of equals; None if none is a number."""
    sign = -1.0 if greater else 1.0
    there = [index for index, value in enumerate(values) if not math.isnan(value)]
    return min(there, key=lambda index: sign * values[index], default=None)
