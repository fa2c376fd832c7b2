"""Data that is read in an order of its own: `tf.data`, `PyDataset`, loaders, generators.

Two ways to make epochs of it, as in `fit`. Without `steps_per_epoch` an epoch is a pass: an iterator
from its first batch to its last, and a new one for the next epoch. With `steps_per_epoch` one
iterator goes through all epochs, and a new pass begins when it is at its end. A position is therefore
the number of iterators made so far and of batches read from the present one; what else a kind needs
to get back there its reader keeps.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, Protocol

from kresume_nb.run.records import DataArray, Finding, Position
from kresume_nb.train import rng
from kresume_nb.train.keras_data import Feed, draw_for_a_loader


class Reader(Protocol):
    """One kind of stream."""

    kind: str
    batches: int | None
    """In a pass; None if it cannot be known before."""
    samples: int
    batch_size: int
    seed: int
    """Orders the batches, where the order is ours."""
    wrapped: bool
    """Whether Keras puts it into a `DataLoader` on torch."""
    resumes_random: bool
    """Whether going to a position must leave the global random streams as they were."""

    def first_batch(self) -> Any:
        """As `Source.first_batch`."""

    def described(self) -> list[DataArray]:
        """As `Source.described`."""

    def facts(self) -> dict[str, Any]:
        """What a resume compares besides."""

    def start(self) -> None:
        """A run begins, from its first batch."""

    def open(self, number: int, read: int) -> Iterator[Any]:
        """A new pass from batch `read` on, as the backend's trainer iterates over it.

        Args:
            number: of the pass, from zero; without `steps_per_epoch` that of the epoch.
        """

    def spare(self) -> Iterator[Any]:
        """The iterator that Keras makes at the end of an epoch and never reads."""

    def begin(self) -> None:
        """An epoch begins: Keras says so before it makes an iterator."""

    def end(self) -> None:
        """An epoch has been read to its end."""

    def capture(self, read: int) -> Any:
        """What going to batch `read` of the present pass needs, beyond that number."""

    def restore(self, state: Any) -> None:
        """Puts a captured state back, in a process that has opened nothing yet."""

    def findings(self) -> list[Finding]:
        """As `Source.findings`."""


class Stream:
    """A source over a reader.

    Args:
        steps_per_epoch: as in `fit`.
    """

    def __init__(self, reader: Reader, *, steps_per_epoch: int | None) -> None:
        self._reader = reader
        self._steps_per_epoch = steps_per_epoch
        self.kind, self.samples, self.batch_size = reader.kind, reader.samples, reader.batch_size
        self.batches = steps_per_epoch or reader.batches
        self.length_known = self.batches is not None
        self._feed = Feed(self._make_iterator, begin=self._begin, end=self._end)
        self._iterator: Iterator[Any] | None = None
        self._passes = 0
        """Passes begun."""
        self._read = 0
        """Batches read from the present iterator when the epoch, or its rest, began."""
        self._from = Position(epoch=0, batch=0, step=0)
        self._at_end = False
        """Whether the iterator through all epochs has yielded its last batch."""
        self._opened = False
        self._inside = False
        """Whether Keras reads an epoch."""
        self._begun = False

    @property
    def seed(self) -> int:
        """Orders the batches, where the order is ours."""
        return self._reader.seed

    @seed.setter
    def seed(self, value: int) -> None:
        self._reader.seed = value

    def first_batch(self) -> Any:
        """A batch, or its shapes."""
        if self._reader.wrapped:
            draw_for_a_loader()
        return self._reader.first_batch()

    def described(self) -> list[DataArray]:
        """What tells this data from other data."""
        return self._reader.described()

    def facts(self) -> dict[str, Any]:
        """What a resume compares."""
        return {
            "kind": self.kind,
            "seed": self.seed,
            "steps_per_epoch": self._steps_per_epoch,
            "batches": self._reader.batches,
            **self._reader.facts(),
        }

    def arguments(self, position: Position) -> dict[str, Any]:
        """The rest of the epoch at that position; to be called before it is read."""
        if not self._begun:
            self._begun = True
            self._reader.start()
        if self._steps_per_epoch is None:
            self._read = position.batch
            # A number learnt is not told to Keras, which does not use what it learns, either: on
            # TensorFlow each such epoch counts one iteration of the optimizer more than it trains.
            known = self._reader.batches
            self._feed.batches = None if known is None else known - position.batch
            more = {}
        else:
            self._read = self._read_at(position)
            more = {"steps_per_epoch": self._steps(self._steps_per_epoch, position)}
        self._from, self._opened, self._inside = position, False, False
        return {"x": self._feed, **more}

    def _steps(self, wanted: int, position: Position) -> int:
        """How many steps the rest of the epoch has, where one iterator goes through all epochs."""
        steps, self.batches = wanted - position.batch, wanted
        if self._reader.batches is None:
            return steps
        left = self._reader.batches - self._read
        if left >= steps:
            return steps
        warnings.warn(
            f"kresume_nb: the data ({self.kind}) has {left} batches left for the {steps} of this epoch, "
            "which ends early. Call .repeat() on it, or choose steps_per_epoch so that a pass has a "
            "multiple of it.",
            stacklevel=2,
        )
        self.batches = position.batch + left
        return left

    def ended(self, batches: int) -> None:
        """An epoch ended after that many batches: from now on their number is known."""
        if self.batches is None and batches:
            self.batches = batches
        if self._steps_per_epoch is not None:
            read = self._read + batches - self._from.batch
            self._at_end = read == self._reader.batches or batches < self._steps_per_epoch
            if self._at_end:
                self._iterator = None

    def capture(self, position: Position) -> Any:
        """The state of a batch boundary."""
        read = self._read_at(position)
        return {
            "passes": self._passes,
            "read": read,
            "batches": self.batches,
            "reader": self._reader.capture(read),
        }

    def restore(self, state: Any, position: Position) -> None:
        """Puts a captured state back."""
        self._passes, self._read = state["passes"], state["read"]
        self.batches = state["batches"]
        self._from, self._iterator, self._begun = position, None, True
        self._reader.restore(state["reader"])

    def take_up(self, position: Position) -> None:
        """Goes on at a position whose state was not kept: by the number of its batch alone."""
        self._from, self._begun = position, True
        self._passes = position.epoch

    def findings(self) -> list[Finding]:
        """How exactly position and order come back."""
        return self._reader.findings()

    def _read_at(self, position: Position) -> int:
        if self._steps_per_epoch is None:
            return position.batch
        if self._at_end:
            return 0
        return self._read + position.step - self._from.step

    def _begin(self) -> None:
        self._inside = True
        if not self._from.batch:  # else it began before the kernel died
            self._reader.begin()

    def _end(self) -> None:
        if self._inside:  # Keras says so before the first epoch of every `fit`, too
            self._inside = False
            self._reader.end()

    def _make_iterator(self) -> Iterator[Any]:
        """What Keras iterates over; see `Feed`."""
        if self._opened:
            return self._reader.spare()
        self._opened = True
        if self._steps_per_epoch is None or self._iterator is None:
            self._iterator = self._open()
        self._at_end = False
        return self._iterator

    def _open(self) -> Iterator[Any]:
        going_back = self._read > 0
        if not going_back:
            self._passes += 1
        number = self._from.epoch if self._steps_per_epoch is None else self._passes - 1
        if not (going_back and self._reader.resumes_random):
            return self._reader.open(number, self._read)
        # The pass began before the kernel died: its share of the random streams has been drawn.
        state = rng.capture()
        try:
            return self._reader.open(number, self._read)
        finally:
            rng.restore(state)
