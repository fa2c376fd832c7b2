"""Validation data of every kind: one Keras adapter for the whole run, as `fit` has one.

A resumed run may take two `fit` calls, each of which would make an adapter of its own: a generator would
lose the batches that Keras looks at, a `tf.data` would be traced again.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Any

import keras

from kresume_nb.errors import DataEndedError
from kresume_nb.run.records import DataArray, Finding
from kresume_nb.train.keras_compat import keras_data
from kresume_nb.train.keras_compat.keras_data import Feed
from kresume_nb.train.sources import in_memory
from kresume_nb.train.sources.fingerprint import describe_data
from kresume_nb.train.sources.kind import kind_of
from kresume_nb.train.state.data_object import DataObjectState


class Validation:
    """What `fit` validates on.

    Args:
        data: as in `fit`: a data set, a generator, or a tuple or list of arrays.
        batch_size: for arrays.
        as_given: of a model that evaluates by a method of its own, which gets the data as `fit` got
            them: other arguments that it has to get.
    """

    def __init__(
        self, data: Any, *, batch_size: int, as_given: dict[str, Any] | None = None
    ) -> None:
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        self._kind = kind_of(x)
        self._drawn = _Drawn(x) if isinstance(x, types.GeneratorType) else None
        own = x if isinstance(x, keras.utils.PyDataset) else None
        self._own = None if own is None else DataObjectState(own, ignored=keras_data.OF_PY_DATASET)
        self._as_given = as_given
        self._adapter: Any = None
        self._arguments = (x, y, sample_weight, batch_size)
        self._iterate: Any = None
        self._iterators = 0
        self._shuffles = self._shuffles_of(x) if self._kind == "tf.data" else None

    def _shuffles_of(self, dataset: Any) -> Any:
        from kresume_nb.train.sources.tf_pipeline import inspect
        from kresume_nb.train.sources.tf_shuffles import Shuffles

        return Shuffles(inspect(dataset))

    def described(self) -> list[DataArray]:
        """The arrays, where it is arrays; what a stream holds is not looked at."""
        x, y, sample_weight, _ = self._arguments
        if kind_of(x) != "arrays":
            return []
        return describe_data(in_memory.as_arrays(x, y, sample_weight))

    def arguments(self) -> dict[str, Any]:
        """Those of a `fit` call."""
        if self._as_given is None:
            return {"validation_data": self.feed()}
        x, y, sample_weight, _ = self._arguments
        x = x if self._drawn is None else self._drawn.batches()
        given = (x, y, sample_weight) if y is not None or sample_weight is not None else (x,)
        return {"validation_data": given, **self._as_given}

    def feed(self) -> Feed:
        """For `fit`'s `validation_data`. A generator is first looked at here."""
        if self._adapter is None:
            x, y, sample_weight, batch_size = self._arguments
            source = x if self._drawn is None else self._drawn.batches()
            self._adapter = keras_data.adapter(source, y, sample_weight, batch_size)
            self._iterate = keras_data.iterators(self._adapter)
        feed = Feed(
            self._make_iterator, begin=self._adapter.on_epoch_begin, end=self._adapter.on_epoch_end
        )
        feed.batches = self._adapter.num_batches
        return feed

    def _make_iterator(self) -> Iterator[Any]:
        if self._shuffles is not None:
            self._shuffles.begin(again=False)
        iterator: Iterator[Any] = self._iterate()
        if keras.backend.backend() == "tensorflow":
            self._iterators += 1
            return iterator
        return self._counted(iterator)

    def _counted(self, iterator: Iterator[Any]) -> Iterator[Any]:
        self._iterators += 1  # with the first batch: there such an iterator begins to iterate
        yield from iterator

    def capture(self) -> Any:
        """The state of a batch boundary."""
        return {
            "iterators": self._iterators,
            "drawn": 0 if self._drawn is None else self._drawn.count,
            "own": None if self._own is None else self._own.capture(),
            "shuffles": None if self._shuffles is None else self._shuffles.capture(begun=False),
        }

    def findings(self) -> list[Finding]:
        """What would not come back exactly; empty if all would."""
        reasons = [] if self._shuffles is None else self._shuffles.reasons()
        if self._as_given is not None and self._shuffles is not None and self._shuffles.varies:
            reasons.append(
                "the model evaluates by a method of its own, and how often that reads a shuffle or "
                "random numbers of the validation data is not seen"
            )
        if self._drawn is not None:
            reasons.append(
                "a generator ran again from its beginning, and the batches before were passed over: "
                "they are the same only if it yields the same each time"
            )
        return [
            Finding(what="validation data", verdict="approximate", detail=one) for one in reasons
        ]

    def close(self) -> None:
        """As `Source.close`."""
        if self._shuffles is not None:
            self._shuffles.close()

    def restore(self, state: Any) -> None:
        """Puts a captured state back, before the first `feed`."""
        if self._as_given is None:
            self.feed()
        self._iterators = state["iterators"]
        if self._shuffles is not None and state.get("shuffles") is not None:
            self._shuffles.restore(state["shuffles"])
        elif self._kind == "tf.data" and self._as_given is None:  # of an older version
            for _ in range(self._iterators):  # each draws a new order from a shuffle
                iter(self._arguments[0])
        if self._drawn is not None:
            self._drawn.go_to(state["drawn"])
        if self._own is not None and state["own"] is not None:
            self._own.restore(state["own"])


class _Drawn:
    """A generator that counts what was drawn from it."""

    def __init__(self, generator: Iterator[Any]) -> None:
        self._generator = generator
        self.count = 0

    def batches(self) -> Iterator[Any]:
        """What it yields, as a generator: Keras takes nothing else for one."""
        for batch in self._generator:
            self.count += 1
            yield batch

    def go_to(self, count: int) -> None:
        """Draws until that many have been drawn."""
        while self.count < count:
            if next(self._generator, None) is None:
                raise DataEndedError(
                    f"The generator of the validation data ended after {self.count} batches; {count} "
                    "had been drawn at the checkpoint. Run the cell that makes it, then this one."
                )
            self.count += 1
