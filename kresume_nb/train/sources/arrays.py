"""Training data held in memory, batched in an order that can be taken up anywhere.

`Arrays` stands in for Keras' array adapter: the same batches, the same static shapes, so that with
`shuffle=False` a model trains to the same bits as under `model.fit`. What differs is the shuffle.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from kresume_nb.run.records import DataArray, Finding
from kresume_nb.train.keras_compat.keras_data import Cut, converted
from kresume_nb.train.sources import order
from kresume_nb.train.sources.fingerprint import describe_data
from kresume_nb.train.sources.in_memory import sample_count
from kresume_nb.train.sources.reader import Reader

_BLOCK = 8192
"""Samples whose order is computed at once: long enough for NumPy, short enough to start at once."""
_AHEAD = 4
"""Batches made ahead of the training."""


class Arrays(Reader):
    """Reads arrays, in an order given by (seed, pass).

    Args:
        data: what `in_memory.as_arrays` returned.
        batch_size: samples in a batch; the last of a pass may have fewer.
        shuffle: True, False, or `"batch"` for an order within each batch only, as in `fit`.
    """

    kind = "arrays"
    wrapped = resumes_random = True

    def __init__(self, data: Any, *, batch_size: int, shuffle: bool | str) -> None:
        self.data = data
        self.samples = sample_count(data)
        self.batch_size = batch_size
        self.batches: int | None = math.ceil(self.samples / batch_size)
        self.shuffle = shuffle
        self.seed = 0
        self._number, self._start = 0, 0
        self._whole: Any = None

    @cached_property
    def _cuts(self) -> list[Cut]:
        """What cuts batches from each leaf: what is converted for that is converted once."""
        return [Cut(one) for one in keras.tree.flatten(self.data)]

    def _batch(self, indices: Any) -> Any:
        """The batch of the samples with these indices."""
        parts = [one.batch(indices) for one in self._cuts]
        return keras.tree.pack_sequence_as(self.data, parts)

    @cached_property
    def _iterate(self) -> Callable[[], Iterator[Any]]:
        return converted(self._read, [])

    def first_batch(self) -> Any:
        """The first samples in their own order."""
        return self._batch(np.arange(min(self.batch_size, self.samples)))

    def described(self) -> list[DataArray]:
        """Each array."""
        return describe_data(self.data)

    def facts(self) -> dict[str, Any]:
        """What decides about the batches."""
        return {
            "samples": self.samples,
            "batch_size": self.batch_size,
            "shuffle": self.shuffle,
            "order": order.VERSION,
        }

    def open(self, number: int, read: int, *, again: bool = False) -> Iterator[Any]:
        """The batches of a pass from `read` on.

        On TensorFlow by `tf.data`. The pipeline of whole passes is made once: it looks up the pass's
        number when it is iterated, since tracing a new one costs as much as dozens of steps.
        """
        del again
        self._number, self._start = number, read
        if keras.backend.backend() != "tensorflow":
            return self._iterate()
        if read:
            return iter(self._dataset(read))
        if self._whole is None:
            self._whole = self._dataset(0)
        return iter(self._whole)

    def spare(self) -> Iterator[Any]:
        """One that is not read: on torch, making it draws from the global stream."""
        return self._iterate() if keras.backend.backend() == "torch" else iter(())

    def findings(self) -> list[Finding]:
        """Exact."""
        how = "in their own order" if not self.shuffle else "by seed and epoch"
        return [Finding(what="position and order of the batches", verdict="exact", detail=how)]

    def _read(self) -> Iterator[Any]:
        """The batches as NumPy arrays and the like, for backends without `tf.data`."""
        size, total = self.batch_size, self.batches or 0
        step = max(1, _BLOCK // size)
        for first in range(self._start, total, step):
            stop = min(first + step, total)
            indices = self.indices(self._number, first, stop)
            for at in range(0, len(indices), size):
                yield self._batch(indices[at : at + size])

    def _dataset(self, start: int) -> Any:
        import tensorflow as tf

        full = self.samples // self.batch_size
        rest = self.samples % self.batch_size
        # Keras' own pipeline knows the batch dimension only where all batches are full.
        size = None if rest else self.batch_size
        step = max(1, _BLOCK // self.batch_size)

        def block(first: Any) -> Any:
            stop = min(int(first) + step, full)
            return self.indices(self._number, int(first), stop).reshape(-1, self.batch_size)

        def last(_: Any) -> Any:
            return self.indices(self._number, full, full + 1)

        indices = _computed(
            tf.data.Dataset.range(start, full, step), block, (None, self.batch_size)
        )
        indices = indices.prefetch(1).unbatch()
        if rest:
            indices = indices.concatenate(_computed(tf.data.Dataset.range(1), last, (rest,)))

        def batch(index: Any) -> Any:
            return self._batch(tf.ensure_shape(index, [size]))

        _ = self._cuts  # made here, not while the function is traced
        dataset = indices.map(batch, num_parallel_calls=min(_AHEAD, os.cpu_count() or 1))
        options = tf.data.Options()
        options.experimental_optimization.apply_default_optimizations = False
        # Its thread keeps an iterator that is let go waiting for up to 50 ms, at every epoch's end.
        options.autotune.enabled = False
        return dataset.with_options(options).prefetch(_AHEAD)

    def indices(self, epoch: int, start: int, stop: int) -> NDArray[np.int64]:
        """Which samples the batches `start` to `stop` of an epoch hold, in order."""
        first, last = start * self.batch_size, min(stop * self.batch_size, self.samples)
        if self.shuffle == "batch":
            parts = [
                low + order.permuted(min(self.batch_size, last - low), self.seed ^ low, epoch)
                for low in range(first, last, self.batch_size)
            ]
            return np.concatenate(parts)
        if self.shuffle:
            return order.permuted(self.samples, self.seed, epoch, first, last)
        return np.arange(first, last, dtype=np.int64)


def _computed(numbers: Any, compute: Callable[[Any], Any], shape: tuple[int | None, ...]) -> Any:
    """A `tf.data` of the indices that NumPy computes for each number."""
    import tensorflow as tf

    def call(number: Any) -> Any:
        return tf.ensure_shape(tf.numpy_function(compute, [number], tf.int64), shape)

    return numbers.map(call)
