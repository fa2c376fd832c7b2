"""grain: its iterators tell their state and take it back."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import keras

from kresume_nb.run.records import DataArray, Finding
from kresume_nb.train.keras_compat.keras_data import PEEKED, as_numpy, converted
from kresume_nb.train.sources import twice
from kresume_nb.train.sources.ahead import Ahead
from kresume_nb.train.sources.fingerprint import describe_data
from kresume_nb.train.sources.reader import Reader


class Grain(Reader):
    """Reads a `grain.MapDataset`, `grain.IterDataset` or `grain.DataLoader`."""

    kind = "grain"
    seed = 0
    batches: int | None = None
    """Keras does not ask a `MapDataset` for its length, so neither do we: on TensorFlow an epoch whose
    end is met by surprise counts one iteration of the optimizer more."""
    samples = 0
    wrapped = resumes_random = True

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset
        self._ahead = Ahead()
        self._iterator: Any = None
        self._read_so_far = 0
        self._saved: Any = None
        self._doubts: list[Finding] = []
        self._first = self._peek()
        self._iterate = converted(self._read, self._first)
        leaves = keras.tree.flatten(as_numpy(self._first[0]))
        self.batch_size = int(leaves[0].shape[0])

    def _peek(self) -> list[Any]:
        """The first batches; the last read again from the iterator's state before it."""
        iterator = self._iterator = iter(self._dataset)
        first = [_tuples(one) for one in itertools.islice(iterator, PEEKED - 1)]
        state = iterator.get_state()
        first += [_tuples(one) for one in itertools.islice(iterator, 1)]
        if len(first) == PEEKED:
            iterator.set_state(state)
            trial = _tuples(next(iterator))
            self._doubts = twice.doubts("read again from grain's state", first[-1], trial)
        self.close()
        return first

    def first_batch(self) -> Any:
        """Its first batch."""
        return as_numpy(self._first[0])

    def described(self) -> list[DataArray]:
        """Its first batch."""
        return describe_data(as_numpy(self._first[0]))

    def close(self) -> None:
        """Ends the iterator's threads, which would else live as long as the process."""
        iterator, self._iterator = self._iterator, None
        if hasattr(iterator, "close"):  # a `DataLoader`'s has none
            iterator.close()

    def open(self, number: int, read: int, *, again: bool = False) -> Iterator[Any]:
        """A pass from batch `read` on."""
        del number
        self.close()
        iterator = iter(self._dataset)
        if again and self._saved is not None:
            iterator.set_state(_with_addresses_of(iterator, self._saved))
        elif read:
            for _ in itertools.islice(iterator, read):
                pass
        self._saved, self._iterator, self._read_so_far = None, iterator, read
        self._ahead.clear()
        self._ahead.note(read, iterator.get_state())
        return self._iterate()

    def spare(self) -> Iterator[Any]:
        """One that is not read: on torch, making it draws from the global stream."""
        return self._iterate()

    def capture(self, read: int, *, begun: bool) -> Any:
        """The iterator's state at that batch."""
        return self._ahead.at(read) if begun else None

    def restore(self, state: Any) -> None:
        """Keeps the state for the iterator that is made next."""
        self._saved = state

    def doubts(self) -> list[Finding]:
        """By reading a batch twice."""
        return self._doubts

    def findings(self) -> list[Finding]:
        """Grain's iterators are exact."""
        how = twice.said("grain's own iterator state", self._doubts)
        return [Finding(what="position in the data", verdict="exact", detail=how)]

    def _read(self) -> Iterator[Any]:
        iterator, ahead, read = self._iterator, self._ahead, self._read_so_far
        for batch in iterator:
            read += 1
            ahead.note(read, iterator.get_state())
            yield _tuples(batch)


def _with_addresses_of(iterator: Any, saved: Any) -> Any:
    """The state as this iterator takes it: a loader compares its source's and its sampler's `repr`.

    Where a class has none of its own, Python's holds an address, which is another in each process.
    """
    if not isinstance(saved, bytes):
        return saved
    state, own = json.loads(saved), json.loads(iterator.get_state())
    for name in ("sampler", "data_source"):
        then, now = state.get(name), own.get(name)
        if (
            isinstance(then, str)
            and isinstance(now, str)
            and _ADDRESS.sub("", then) == (_ADDRESS.sub("", now))
        ):
            state[name] = now
    return json.dumps(state).encode()


_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def _tuples(batch: Any) -> Any:
    return keras.tree.lists_to_tuples(batch)
