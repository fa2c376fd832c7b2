"""Data that is read in an order of its own: `tf.data`, `PyDataset`, loaders, generators.

Two ways to make epochs of it, as in `fit`. Without `steps_per_epoch` an epoch is a pass: an iterator
from its first batch to its last, and a new one for the next epoch. With `steps_per_epoch` one
iterator goes through all epochs, and a new pass begins when it is at its end. A position is therefore
the number of iterators made so far and of batches read from the present one; what else a kind needs
to get back there its reader keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras

from kresume_nb.run.records import DataArray, Finding, Position
from kresume_nb.train.keras_compat.keras_data import Feed, draw_for_a_loader
from kresume_nb.train.sources.reader import Reader
from kresume_nb.train.state import rng


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
        self._iterator: Iterator[Any] | None = None
        self._passes = 0
        """Passes begun."""
        self._read = 0
        """Batches read from the present iterator when the epoch, or its rest, began."""
        self._from = Position(epoch=0, batch=0, step=0)
        self._at_end = False
        """Whether the iterator through all epochs has yielded its last batch."""
        self._opened = False
        """Whether Keras has made the iterator of this epoch, which is a pass."""
        self._turned = False
        """Whether the pass after the present one was opened when that had ended."""
        self._again = False
        """Whether the pass to open had been opened before the kernel died."""
        self._entering = False
        """Whether a `fit` has yet to ask for its first iterator."""
        self._inside = False
        """Whether Keras reads an epoch."""
        self._begun = False
        self.steps_per_execution = 1
        self._before_reading: Callable[[], None] | None = None

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

    def arguments(self, position: Position, epochs: int | None = None) -> dict[str, Any]:
        """The arguments of a `fit` that goes on at that position; to be called before it.

        Args:
            epochs: where training ends; by default after the present epoch.

        Returns:
            Among them `epochs`, how far one `fit` can go: what is left of an epoch, or of a pass over
            data of known length that epochs of `steps_per_epoch` cut up, is a `fit` of its own, since
            Keras counts batches from the beginning of each. All others are one to the end.
        """
        if not self._begun:
            self._begun = True
            self._reader.start()
        known, wanted = self._reader.batches, self._steps_per_epoch
        self.begin(position)
        until = position.epoch + 1
        more = {}
        if wanted is not None:
            more = {"steps_per_epoch": wanted - position.batch}
            if not position.batch and epochs is not None:
                passing = known is not None and self._read > 0
                left = (known or 0) - self._read
                until += -(-left // (self._steps or 1)) - 1 if passing else epochs
        elif not position.batch and epochs is not None:
            until = epochs
        # A number learnt is not told to Keras, which does not use what it learns, either: on
        # TensorFlow each such epoch counts one iteration of the optimizer more than it trains.
        # Not held here: a cycle of the two would leave iterators to the garbage collection (`close`).
        feed = Feed(self._make_iterator, begin=self._begin, end=self._end)
        feed.batches = None if known is None else known - self._read
        self._entering = True
        return {"x": feed, "epochs": until if epochs is None else min(until, epochs), **more}

    def begin(self, position: Position) -> None:
        """An epoch, or the rest of one, begins there."""
        self._read = self._read_at(position)
        self._from, self._opened, self._inside = position, False, False
        self._at_end = self._turned = False
        steps, known = self._steps, self._reader.batches
        if steps is not None:
            left = steps if known is None else known - self._read + position.batch
            self.batches = min(steps, left)

    @property
    def _steps(self) -> int | None:
        """Those that Keras carries out for `steps_per_epoch`: executions are never cut short."""
        wanted, stride = self._steps_per_epoch, self.steps_per_execution
        return None if wanted is None else -(-wanted // stride) * stride

    def ended(self, batches: int) -> None:
        """An epoch ended after that many batches: from now on their number is known."""
        if self.batches is None and batches:
            self.batches = batches
        if self._steps_per_epoch is not None and not self._turned:
            read = self._read + batches - self._from.batch
            self._at_end = read == self._reader.batches or batches < self._steps_per_epoch
            if self._at_end:
                self._iterator = None

    def before_reading(self, call: Callable[[], None]) -> None:
        """What to call before the next batch is read; on torch only, where reading is Python's."""
        self._before_reading = call

    def before_step(self, model: keras.Model) -> None:
        """A step is about to be taken."""
        if self._reader.next_batch is not None:
            self._reader.next_batch.watch(model, self.steps_per_execution)

    def settle(self) -> None:
        """Training ends: what is being compared is to be known."""
        if self._reader.next_batch is not None:
            self._reader.next_batch.settle()

    def capture(self, position: Position) -> Any:
        """The state of a batch boundary."""
        read = self._read_at(position)
        begun = read > 0 or self._turned or self._again
        return {
            "passes": self._passes,
            "read": read,
            "begun": begun,
            "batches": self.batches,
            "reader": self._reader.capture(read, begun=begun),
        }

    def restore(self, state: Any, position: Position) -> None:
        """Puts a captured state back."""
        self._passes, self._read = state["passes"], state["read"]
        self._again = state.get("begun", self._read > 0)
        self.batches = state["batches"]
        self._from, self._iterator, self._begun = position, None, True
        self._reader.restore(state["reader"])

    def take_up(self, position: Position) -> None:
        """Goes on at a position whose state was not kept: by the number of its batch alone."""
        self._from, self._begun = position, True
        self._passes, self._again = position.epoch, position.batch > 0

    def findings(self) -> list[Finding]:
        """How exactly position and order come back."""
        return self._reader.findings()

    def doubts(self) -> list[Finding]:
        """What does not come back exactly, as far as has been seen."""
        return self._reader.doubts()

    def close(self) -> None:
        """Lets go of iterators, in this thread."""
        self._iterator = self._before_reading = None
        self._reader.close()

    def _read_at(self, position: Position) -> int:
        if self._steps_per_epoch is None:
            return position.batch
        if self._at_end or self._turned:
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
        if self._steps_per_epoch is None:
            if self._opened:
                return self._reader.spare()
            self._opened = True
            self._iterator = self._open(self._read)
        elif not self._entering:  # a pass has been read to its end, and Keras goes on with another
            self._turned = self._iterator is not None  # else that was seen when the epoch ended
            self._iterator = self._open(0)
        elif self._iterator is None:
            self._iterator = self._open(self._read)
        self._entering = False
        call, self._before_reading = self._before_reading, None
        if call is None or keras.backend.backend() != "torch":
            return self._iterator
        return _after(call, self._iterator)

    def _open(self, read: int) -> Iterator[Any]:
        again, self._again = self._again, False
        if not again:
            self._passes += 1
        number = self._from.epoch if self._steps_per_epoch is None else self._passes - 1
        if not (again and self._reader.resumes_random):
            return self._reader.open(number, read, again=again)
        # The pass began before the kernel died: its share of the random streams has been drawn.
        state = rng.capture()
        try:
            return self._reader.open(number, read, again=again)
        finally:
            rng.restore(state)


def _after(call: Callable[[], None], batches: Iterator[Any]) -> Iterator[Any]:
    call()
    # Not `yield from`, which would close an iterator that is to serve the next epoch too.
    for batch in batches:  # noqa: UP028
        yield batch
