"""`keras.utils.PyDataset`: sought by number, with its hooks, its workers and its own state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from kresume_nb.errors import ArgumentError
from kresume_nb.run.records import DataArray, Finding
from kresume_nb.train.keras_compat.keras_data import (
    OF_PY_DATASET,
    PEEKED,
    PyDatasetBatches,
    as_numpy,
    converted,
)
from kresume_nb.train.sources import order, twice
from kresume_nb.train.sources.ahead import Ahead
from kresume_nb.train.sources.fingerprint import describe_data
from kresume_nb.train.sources.reader import Reader
from kresume_nb.train.state import rng
from kresume_nb.train.state.data_object import DataObjectState
from kresume_nb.train.state.equality import difference


class PyData(Reader):
    """Reads a `PyDataset`.

    Args:
        shuffle: as in `fit`: the order of the batches, by us a function of (seed, epoch).
        continuous: whether one iterator goes through all epochs (`steps_per_epoch`).
    """

    kind = "PyDataset"
    samples = batch_size = 0
    wrapped = resumes_random = True

    def __init__(
        self,
        dataset: keras.utils.PyDataset,
        *,
        shuffle: bool,
        continuous: bool,
        class_weight: dict[int, float] | None,
    ) -> None:
        self._dataset, self.seed = dataset, 0
        self._class_weight, self._continuous = class_weight, continuous
        self.batches = dataset.num_batches
        if self.batches == 0:
            raise ArgumentError("x, a PyDataset, has no batches: its num_batches is 0.")
        self._shuffle = shuffle and self.batches is not None
        self._own = DataObjectState(dataset, ignored=OF_PY_DATASET)
        self._ahead = Ahead()
        self._number, self._start = 0, 0
        state, streams = rng.capture(), self._own.streams()
        with self._own.undone():
            trial = self._peek(1)[0]
        self._own.put_streams(streams)
        rng.restore(state)
        self._first = self._peek(PEEKED)
        self._doubts = twice.doubts("read twice before training", self._first[0], trial)
        # What is drawn at random is no mark of the data.
        self._draws = difference(state, rng.capture()) is not None
        """Whether it draws from global random streams."""
        self._at_random = self._draws or difference(streams, self._own.streams()) is not None
        if keras.backend.backend() != "tensorflow":  # there Keras does the same
            self._own.put_streams(streams)
            rng.restore(state)
        self._iterate = converted(self._read, self._first)
        workers = dataset.workers
        self._threads = workers > 1 or (workers > 0 and dataset.use_multiprocessing)

    def _peek(self, count: int) -> list[Any]:
        batches = PyDatasetBatches(self._dataset, self._class_weight)
        count = count if self.batches is None else min(count, self.batches)
        return [batches.standard(self._dataset[number]) for number in range(count)]

    def first_batch(self) -> Any:
        """Its first batch, read once more as Keras does where it builds a model."""
        if keras.backend.backend() != "tensorflow":
            self._dataset.on_epoch_begin()
            next(iter(PyDatasetBatches(self._dataset, self._class_weight)))
        return self._first[0]

    def described(self) -> list[DataArray]:
        """Its first batch; without its contents where they are drawn at random."""
        found = describe_data(as_numpy(self._first[0]))
        return [replace(one, digest="") for one in found] if self._at_random else found

    def facts(self) -> dict[str, Any]:
        """What orders it."""
        return {"shuffle": self._shuffle, "order": order.VERSION}

    def start(self) -> None:
        """As `fit` does, says once before the first epoch that one has ended."""
        self.end()

    def open(self, number: int, read: int, *, again: bool = False) -> Iterator[Any]:
        """The batches of a pass from `read` on."""
        del again
        self._number, self._start = number, read
        self._ahead.clear()
        return self._iterate()

    def spare(self) -> Iterator[Any]:
        """One that is not read: on torch, making it draws from the global stream."""
        return self._iterate()

    def begin(self) -> None:
        """Tells the data set that an epoch begins."""
        self._dataset.on_epoch_begin()
        self._own.changed()

    def end(self) -> None:
        """Tells the data set that an epoch has ended."""
        self._dataset.on_epoch_end()
        self._own.changed()

    def capture(self, read: int, *, begun: bool) -> Any:
        """The data set's own state, as it was at that batch."""
        streams = self._ahead.at(read) if begun else None
        return self._own.capture(streams)

    def restore(self, state: Any) -> None:
        """Puts the data set's own state back."""
        self._own.restore(state)

    def doubts(self) -> list[Finding]:
        """By reading a batch twice, and of arrays too large to be saved."""
        return [*self._doubts, *self._own.doubts("PyDataset")]

    def findings(self) -> list[Finding]:
        """Exact, but for what the data set draws in other threads and processes."""
        how = twice.said("by number", self._doubts)
        found = [Finding(what="position in the data", verdict="exact", detail=how)]
        if self._draws and (self._threads or keras.backend.backend() != "torch"):
            found.append(
                Finding(
                    what="random numbers of the PyDataset",
                    verdict="approximate",
                    detail="it draws them from global streams, and is read ahead of training. Give it "
                    "a generator of its own, as in self.rng = np.random.default_rng(0)",
                )
            )
        if self._own.has_streams and self._threads:
            found.append(
                Finding(
                    what="random streams of the PyDataset",
                    verdict="approximate",
                    detail=f"its {self._dataset.workers} workers draw from them in no fixed order",
                )
            )
        changed = ", ".join(self._own.changed_names)
        if not changed:
            return found
        what = f"PyDataset.{changed}"
        if self._continuous and (self._threads or keras.backend.backend() == "tensorflow"):
            detail = "its hooks change it between epochs while batches of the next are read ahead"
            return [*found, Finding(what=what, verdict="approximate", detail=detail)]
        return [*found, Finding(what=what, verdict="exact", detail="as at the checkpoint")]

    def _read(self) -> Iterator[Any]:
        part = _Part(self._dataset, self._picked())
        batches = PyDatasetBatches(part, self._class_weight)
        if self._threads or not self._own.has_streams:
            yield from batches
            return
        read, ahead = self._start, self._ahead
        ahead.note(read, self._own.streams())
        for batch in batches:
            read += 1
            ahead.note(read, self._own.streams())
            yield batch

    def _picked(self) -> Any:
        """The numbers of the batches to read; None for all from `_start` on."""
        if self.batches is None:
            return self._start
        if not self._shuffle:
            return np.arange(self._start, self.batches)
        return order.permuted(self.batches, self.seed, self._number, self._start)


class _Part(keras.utils.PyDataset):
    """Some batches of a data set, in some order, read as it asks to be read."""

    def __init__(self, dataset: keras.utils.PyDataset, picked: Any) -> None:
        super().__init__(
            workers=dataset.workers,
            use_multiprocessing=dataset.use_multiprocessing,
            max_queue_size=dataset.max_queue_size,
        )
        self._dataset, self._picked = dataset, picked

    @property
    def num_batches(self) -> int | None:
        """None if there is no end."""
        return None if isinstance(self._picked, int) else len(self._picked)

    def __getitem__(self, number: int) -> Any:
        if isinstance(self._picked, int):
            return self._dataset[self._picked + number]
        return self._dataset[int(self._picked[number])]
