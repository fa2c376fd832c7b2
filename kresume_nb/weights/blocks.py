"""A variable in blocks of floats, several files in step."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from kresume_nb.weights.archive import Array, Variable, Weights
from kresume_nb.weights.sums import Floats

Task = TypeVar("Task")
Result = TypeVar("Result")

BLOCK = 1 << 16
"""Numbers in a block, or a row of units if that is more: a few of them stay in a processor's cache."""
WIDEST = 1 << 20
"""Units that a block may have to be as wide as; of wider variables no units are told."""
_PART = 1 << 22
"""Numbers that make a thread worth while."""
_THREADS = min(4, os.cpu_count() or 1)


def units_of(variable: Variable) -> int | None:
    """How many units a variable has; None if it has none, or too many."""
    shape = variable.shape
    return shape[-1] if len(shape) >= 2 and 0 < shape[-1] <= WIDEST else None


def block_size(variable: Variable) -> int:
    """Numbers in each block: whole rows of units, where there are any."""
    units = units_of(variable)
    return BLOCK if units is None else max(1, BLOCK // units) * units


def parts(variable: Variable) -> list[tuple[int, int]]:
    """A variable in parts that threads may take, each of whole blocks."""
    size = block_size(variable)
    step = max(1, _PART // size) * size
    count = variable.count
    return [(start, min(count, start + step)) for start in range(0, count, step)]


def in_threads(work: Callable[[Task], Result], tasks: Iterable[Task]) -> list[Result]:
    """Does all tasks, a few at a time: reading and BLAS let go of the interpreter's lock."""
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="kresume-weights") as pool:
        return list(pool.map(work, tasks))


def precision(variable: Variable) -> type[np.floating]:
    """The floats that a variable's numbers become without loss that matters."""
    narrow = ("float16", "bfloat16", "float32", "bool", "int8", "uint8", "int16", "uint16")
    return np.float32 if variable.dtype in narrow else np.float64


class Reader:
    """Reads a part of a variable from several files, block by block, into the same few buffers.

    Args:
        files: open checkpoints.
        variables: of each file the variable; all of one shape.
        part: from where to where, in numbers; default: all of it.
    """

    def __init__(
        self,
        files: Sequence[Weights],
        variables: Sequence[Variable],
        part: tuple[int, int] | None = None,
    ) -> None:
        self._pairs = list(zip(files, variables, strict=True))
        self._start, self._stop = part or (0, variables[0].count)
        self.size = max(1, min(block_size(variables[0]), self._stop - self._start))
        self.dtype = max(
            (precision(one) for one in variables), key=lambda one: np.dtype(one).itemsize
        )
        self._raw = [np.empty(self.size, _stored(one)) for one in variables]
        self._floats = [
            raw if raw.dtype == self.dtype else np.empty(self.size, self.dtype) for raw in self._raw
        ]

    def __iter__(self) -> Iterator[list[Floats]]:
        """Per block the floats of each file: flat, and valid until the next block."""
        for start in range(self._start, self._stop, self.size):
            size = min(self.size, self._stop - start)
            block = []
            for (file, variable), raw, floats in zip(
                self._pairs, self._raw, self._floats, strict=True
            ):
                file.read(variable, start, raw[:size])
                if floats is not raw:
                    _convert(variable, raw[:size], floats[:size])
                block.append(floats[:size])
            yield block


def _stored(variable: Variable) -> np.dtype:
    """The type of the bytes in the file."""
    return np.dtype(np.uint16 if variable.dtype == "bfloat16" else variable.dtype)


def _convert(variable: Variable, raw: Array, floats: Floats) -> None:
    if variable.dtype == "bfloat16":  # the upper half of a float32
        raw = np.left_shift(raw, 16, dtype=np.uint32).view(np.float32)
    floats[:] = raw
