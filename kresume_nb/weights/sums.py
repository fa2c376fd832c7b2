"""Sums over pairs of arrays, a block at a time: all that norms, cosines and counts are made of.

Within a block the sums are BLAS dot products of the weights' own precision, between blocks doubles.
A block of 64 thousand float32 loses no more than a millionth that way; one that overflows, underflows
or holds something that is not finite is done again in doubles.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Doubles = NDArray[np.float64]

_FAINT = 1e-25
"""Sums of squares below may have lost some to float32's underflow."""
_DEAD = 1e-6


@dataclass(slots=True)
class Sums:
    """What was summed up so far of `a` and `b`. Sums of several variables can be added."""

    count: int = 0
    squares_a: float = 0.0
    squares_b: float = 0.0
    products: float = 0.0
    squares_change: float = 0.0
    changed: int = 0
    bad_a: int = 0
    """Not finite."""
    bad_b: int = 0

    def __iadd__(self, other: Sums) -> Sums:
        self.count += other.count
        self.squares_a += other.squares_a
        self.squares_b += other.squares_b
        self.products += other.products
        self.squares_change += other.squares_change
        self.changed += other.changed
        self.bad_a += other.bad_a
        self.bad_b += other.bad_b
        return self

    @property
    def change(self) -> float:
        """Norm of `b - a`."""
        return math.sqrt(self.squares_change)

    @property
    def relative(self) -> float:
        """The change over the norm of `a`."""
        if self.squares_change == 0.0:
            return 0.0
        return self.change / math.sqrt(self.squares_a) if self.squares_a > 0.0 else math.inf

    @property
    def cosine(self) -> float:
        """Of the angle between them."""
        norms = math.sqrt(self.squares_a) * math.sqrt(self.squares_b)
        return min(1.0, max(-1.0, self.products / norms)) if norms > 0.0 else math.nan

    @property
    def share(self) -> float:
        """Of the weights, how many changed."""
        return self.changed / self.count if self.count else 0.0


def per_unit(block: Floats, units: int) -> Doubles:
    """Sums of squares per unit in a block of whole rows; of finite values only."""
    rows = block.reshape(-1, units).astype(np.float64)
    rows[~np.isfinite(rows)] = 0.0
    return np.asarray(np.einsum("ij,ij->j", rows, rows))


def dead(squares: Doubles, most: float | None = None) -> int:
    """How many units are dead, by their sums of squares.

    Args:
        most: what is no less than the largest unit's sum; default: the largest that there is.
    """
    largest = float(squares.max(initial=0.0)) if most is None else most
    return int(np.count_nonzero(squares <= _DEAD * _DEAD * largest))


class Kernel:
    """Adds blocks. Holds the scratch space, so that no block allocates any.

    Args:
        size: numbers in the largest block.
        dtype: float32 or float64.
    """

    def __init__(self, size: int, dtype: type[np.floating]) -> None:
        self._change = np.empty(size, dtype)
        self._differ = np.empty(size, np.bool_)

    def add(self, sums: Sums, a: Floats, b: Floats) -> None:
        """Adds a block of the same part of `a` and `b`, flat."""
        change, differ = self._change[: a.size], self._differ[: a.size]
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            np.subtract(b, a, out=change)
            changed = int(np.count_nonzero(np.not_equal(change, 0, out=differ)))
            squares = float(np.dot(change, change)) if changed else 0.0
            products = float(np.dot(a, b))
            of_a, of_b = float(np.dot(a, a)), float(np.dot(b, b))
        finite = math.isfinite(of_a + of_b + abs(products) + squares)
        faint = min(of_a, of_b, squares if changed else math.inf) < _FAINT
        if not finite or (faint and (a.any() or b.any())):
            _exactly(sums, a, b)
            return
        sums.count += a.size
        sums.changed += changed
        sums.squares_a += of_a
        sums.squares_b += of_b
        sums.products += products
        sums.squares_change += squares


def _exactly(sums: Sums, a: Floats, b: Floats) -> None:
    """The same in doubles, over what is finite on both sides."""
    good_a, good_b = np.isfinite(a), np.isfinite(b)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    both = good_a & good_b
    one, other = (np.where(both, x, 0).astype(np.float64) for x in (a, b))
    sums.count += a.size
    sums.bad_a += int(a.size - np.count_nonzero(good_a))
    sums.bad_b += int(b.size - np.count_nonzero(good_b))
    sums.changed += int(a.size - np.count_nonzero(same))
    sums.squares_a += float(one @ one)
    sums.squares_b += float(other @ other)
    sums.products += float(one @ other)
    sums.squares_change += float(np.sum((other - one) ** 2))
