"""Python generators: what they yielded cannot be sought, so it is yielded again and passed over."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import keras

from kresume_nb.errors import DataEndedError, UnsupportedDataError
from kresume_nb.run.records import DataArray, Finding
from kresume_nb.train.keras_compat.keras_data import PEEKED, as_numpy, converted
from kresume_nb.train.sources import twice
from kresume_nb.train.sources.ahead import Ahead
from kresume_nb.train.sources.fingerprint import describe_data
from kresume_nb.train.sources.reader import Reader
from kresume_nb.train.state import rng
from kresume_nb.train.state.data_object import DataObjectState
from kresume_nb.train.state.equality import difference


class Generator(Reader):
    """Reads a generator, or a function that makes one.

    A function is called with `(epoch, start)` if it takes two arguments: it returns the batches of an
    epoch (from zero) from batch `start` on, and nothing has to be passed over. One without arguments
    returns all batches of a pass.

    Args:
        x: a generator, or such a function.
    """

    batches: int | None = None
    seed = 0
    samples = batch_size = 0
    wrapped = resumes_random = True

    def __init__(self, x: Any) -> None:
        self.kind = "generator function" if callable(x) else "generator"
        self._make = x if callable(x) else None
        self._seeks = callable(x) and _arguments(x) == 2
        self._batches: Iterator[Any] = iter(()) if callable(x) else x
        self._used = callable(x)
        self._own = DataObjectState(x if callable(x) else None)
        self._ahead = Ahead()
        self._before: dict[str, Any] = {}
        """Streams of a function that begins each pass anew, when the present one began."""
        self._start = 0
        before = rng.capture()
        self._doubts: list[Finding] = []
        self._first = (
            self._sought() if self._seeks else list(itertools.islice(self._peek(), PEEKED))
        )
        self._at_random = difference(before, rng.capture()) is not None
        if not callable(x):
            self._batches = itertools.chain(self._first, x)
        if not self._first or not all(isinstance(one, tuple) for one in self._first):
            raise UnsupportedDataError(
                f"x, a {self.kind}, yields {_told(self._first)}. Expected tuples: (inputs,), "
                "(inputs, targets) or (inputs, targets, sample_weights)."
            )
        self._iterate: Callable[[], Iterator[Any]] = converted(self._read, self._first)

    def _peek(self) -> Iterator[Any]:
        return self._batches if self._make is None else self._pass(0, 0)

    def _sought(self) -> list[Any]:
        """The first batches; the second as it was given in order, and seen to be given if sought."""
        passing = self._pass(0, 0)
        first = list(itertools.islice(passing, PEEKED - 1))
        then = (rng.capture(), self._own.streams())
        first += itertools.islice(passing, 1)
        if len(first) < PEEKED:
            return first
        now = (rng.capture(), self._own.streams())
        self._put(*then)
        with self._own.undone():
            trial = next(self._pass(0, PEEKED - 1), None)
        self._put(*now)
        how = f"asked for its batches from {PEEKED - 1} on"
        self._doubts = twice.doubts(how, first[-1], trial)
        return first

    def _put(self, global_streams: Any, own: dict[str, Any]) -> None:
        rng.restore(global_streams)
        self._own.put_streams(own)

    def first_batch(self) -> Any:
        """Its first batch; it will be yielded again."""
        return self._first[0]

    def described(self) -> list[DataArray]:
        """Its first batch; without its contents where they are drawn from global random streams."""
        found = describe_data(as_numpy(self._first[0]))
        return [replace(one, digest="") for one in found] if self._at_random else found

    def open(self, number: int, read: int, *, again: bool = False) -> Iterator[Any]:
        """The batches from `read` on."""
        del again
        if self._make is not None:
            self._own.changed()
            if not read:
                self._before = self._own.streams()
            self._ahead.clear()
            self._start = read if self._seeks else 0
            self._batches = self._pass(number, read)
            read = 0 if self._seeks else read
        elif self._used or number:
            # It had its one pass: as in Keras, the batches that were looked at are all that is left.
            self._batches = iter(self._first)
        self._used = True
        passed = sum(1 for _ in itertools.islice(self._batches, read))
        if passed < read:
            raise DataEndedError(
                f"The {self.kind} yielded {passed} batches and ended; the checkpoint was taken after "
                f"{read}. It is not the one that the run was started with, or not in its first "
                "state: run the cell that makes it, then this one."
            )
        return self._iterate()

    def spare(self) -> Iterator[Any]:
        """An iterator that nobody reads."""
        return iter(())

    def capture(self, read: int, *, begun: bool) -> Any:
        """What a function holds; a generator cannot be looked into.

        A function that is sought goes on with its random generators as they were at that batch; one
        that begins anew draws again what it drew since the pass began.
        """
        if self._make is None:
            return None
        if not begun:
            return self._own.capture()
        if self._seeks:
            return self._own.capture(self._ahead.at(read))
        return {**self._own.capture(self._before), "attributes": {}}

    def restore(self, state: Any) -> None:
        """Puts back what the function holds."""
        if state is not None:
            self._own.restore(state)
            self._before = state["streams"]

    def doubts(self) -> list[Finding]:
        """By asking for a batch by its number, and of arrays too large to be saved."""
        return [*self._doubts, *self._own.doubts("function")]

    def findings(self) -> list[Finding]:
        """Python's generators keep their position to themselves."""
        if self._seeks:
            how = "the function was asked for the epoch's batches from there on"
            how = twice.said(how, self._doubts)
            return [Finding(what="position in the data", verdict="exact", detail=how)]
        return [
            Finding(
                what="position in the data",
                verdict="approximate",
                detail=f"the {self.kind} ran again from its beginning and the batches before were "
                "passed over: they are the same only if it yields the same each time. A function "
                "(epoch, start) that returns batches is sought exactly",
            )
        ]

    def _pass(self, number: int, start: int) -> Iterator[Any]:
        if self._make is None:
            raise RuntimeError("a generator has one pass")
        if not self._seeks:
            return iter(self._make())
        return iter(self._make(number, start))

    def _read(self) -> Iterator[Any]:
        if not self._own.has_streams:
            yield from self._batches
            return
        read = self._start
        self._ahead.note(read, self._own.streams())
        for batch in self._batches:
            read += 1
            self._ahead.note(read, self._own.streams())
            yield batch


def _arguments(function: Any) -> int:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return 0
    return sum(
        one.default is one.empty and one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)
        for one in parameters
    )


def _told(batches: list[Any]) -> str:
    if not batches:
        return "nothing"
    return f"a {type(batches[0]).__name__} of {keras.tree.map_structure(_shape, batches[0])}"


def _shape(value: Any) -> str:
    return str(getattr(value, "shape", type(value).__name__))
