"""Training data held in memory, batched in an order that can be taken up anywhere.

`ArraySource` stands in for Keras' array adapter: the same conversions (floats to `floatx`, lists to
tuples, class weights to sample weights), the same batches, the same static shapes, so that with
`shuffle=False` a model trains to the same bits as under `model.fit`. What differs is the shuffle.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from kresume_nb.errors import ArgumentError, UnsupportedDataError
from kresume_nb.train.order import permuted

_BLOCK = 8192
"""Samples whose order is computed at once: long enough for NumPy, short enough to start at once."""


class ArraySource:
    """Batches of arrays, in an order given by (seed, epoch).

    Args:
        data: what `as_arrays` returned.
        batch_size: samples in a batch; the last of an epoch may have fewer.
        shuffle: True, False, or `"batch"` for an order within each batch only, as in `fit`.
        seed: orders the run.
    """

    def __init__(self, data: Any, *, batch_size: int, shuffle: bool | str, seed: int) -> None:
        self.data = data
        self.samples = sample_count(data)
        self.batch_size = batch_size
        self.batches = math.ceil(self.samples / batch_size)
        self.shuffle = shuffle
        self.seed = seed
        self.epoch = 0
        self._whole: Any = None

    @cached_property
    def resident(self) -> Any:
        """The data as batches are cut from it, converted once: tensors on TensorFlow, else NumPy."""
        if keras.backend.backend() != "tensorflow":
            return keras.tree.map_structure(keras.ops.convert_to_numpy, self.data)
        import tensorflow as tf

        return keras.tree.map_structure(tf.convert_to_tensor, self.data)

    def first_batch(self) -> Any:
        """The first samples in their own order, to build a model with."""
        size = min(self.batch_size, self.samples)
        return keras.tree.map_structure(lambda one: one[:size], self.data)

    def arguments(self, epoch: int, start: int = 0) -> dict[str, Any]:
        """The arguments of `fit` that give it an epoch (from zero) from batch `start` on.

        On TensorFlow that is `tf.data`, elsewhere a `PyDataset`. The `tf.data` of whole epochs is
        made once: it looks up the epoch's number when it is iterated, since tracing a new one costs
        as much as dozens of training steps. It does not tell its length, `steps_per_epoch` does:
        of a data set whose length it knows, Keras makes another iterator when an epoch has ended,
        and throws it away.
        """
        if keras.backend.backend() != "tensorflow":
            return {"x": Batches(self, epoch, start)}
        self.epoch = epoch
        if start:
            return {"x": self._dataset(start), "steps_per_epoch": self.batches - start}
        if self._whole is None:
            self._whole = self._dataset(0)
        return {"x": self._whole, "steps_per_epoch": self.batches}

    def dataset(self) -> Any:
        """All batches in the order of epoch 0, for validation."""
        if keras.backend.backend() != "tensorflow":
            return Batches(self, 0, 0)
        import tensorflow as tf

        return self._dataset(0).apply(tf.data.experimental.assert_cardinality(self.batches))

    def _dataset(self, start: int) -> Any:
        import tensorflow as tf

        data = self.resident
        full = self.samples // self.batch_size
        rest = self.samples % self.batch_size
        # Keras' own pipeline knows the batch dimension only where all batches are full.
        size = None if rest else self.batch_size
        step = max(1, _BLOCK // self.batch_size)

        def block(first: Any) -> Any:
            stop = min(int(first) + step, full)
            return self.indices(self.epoch, int(first), stop).reshape(-1, self.batch_size)

        def last(_: Any) -> Any:
            return self.indices(self.epoch, full, full + 1)

        indices = _computed(
            tf.data.Dataset.range(start, full, step), block, (None, self.batch_size)
        )
        indices = indices.prefetch(1).unbatch()
        if rest:
            indices = indices.concatenate(_computed(tf.data.Dataset.range(1), last, (rest,)))

        def batch(index: Any) -> Any:
            index = tf.ensure_shape(index, [size])
            return keras.tree.map_structure(lambda one: tf.gather(one, index, axis=0), data)

        dataset = indices.map(batch, num_parallel_calls=tf.data.AUTOTUNE)
        options = tf.data.Options()
        options.experimental_optimization.apply_default_optimizations = False
        return dataset.with_options(options).prefetch(tf.data.AUTOTUNE)

    def indices(self, epoch: int, start: int, stop: int) -> NDArray[np.int64]:
        """Which samples the batches `start` to `stop` of an epoch hold, in order."""
        first, last = start * self.batch_size, min(stop * self.batch_size, self.samples)
        if self.shuffle == "batch":
            parts = [
                low + permuted(min(self.batch_size, last - low), self.seed ^ low, epoch)
                for low in range(first, last, self.batch_size)
            ]
            return np.concatenate(parts)
        if self.shuffle:
            return permuted(self.samples, self.seed, epoch, first, last)
        return np.arange(first, last, dtype=np.int64)


def _computed(numbers: Any, compute: Callable[[Any], Any], shape: tuple[int | None, ...]) -> Any:
    """A `tf.data` of the indices that NumPy computes for each number."""
    import tensorflow as tf

    def call(number: Any) -> Any:
        return tf.ensure_shape(tf.numpy_function(compute, [number], tf.int64), shape)

    return numbers.map(call)


class Batches(keras.utils.PyDataset):
    """The batches of an epoch from batch `start` on, for backends without `tf.data`."""

    def __init__(self, source: ArraySource, epoch: int, start: int) -> None:
        super().__init__()
        self._source, self._epoch, self._start = source, epoch, start
        self._data = source.resident
        self._block = range(0)
        self._indices: NDArray[np.int64] = np.arange(0)

    def __len__(self) -> int:
        return self._source.batches - self._start

    def __getitem__(self, number: int) -> Any:
        batch, size = number + self._start, self._source.batch_size
        if batch not in self._block:
            stop = min(batch + max(1, _BLOCK // size), self._source.batches)
            self._block = range(batch, stop)
            self._indices = self._source.indices(self._epoch, batch, stop)
        first = (batch - self._block.start) * size
        picked = self._indices[first : first + size]
        return keras.tree.map_structure(lambda one: one[picked], self._data)


def as_arrays(x: Any, y: Any, sample_weight: Any) -> Any:
    """The data of `fit` as one structure of arrays, `x`, `(x, y)` or `(x, y, sample_weight)`.

    Raises:
        UnsupportedDataError: for data that is not in memory (generators, data sets, loaders).
        ArgumentError: if the arrays differ in length.
    """
    x, y, sample_weight = (_convert(part, name) for part, name in
                           ((x, "x"), (y, "y"), (sample_weight, "sample_weight")))  # fmt: skip
    if sample_weight is not None and keras.tree.is_nested(y):
        sample_weight = _weight_per_output(y, sample_weight)
    data = keras.utils.pack_x_y_sample_weight(x, y, sample_weight)
    sample_count(data)
    return keras.tree.lists_to_tuples(data)


def weighted_by_class(data: Any, class_weight: dict[int, float]) -> Any:
    """The data with a weight for each sample, that of its class.

    Raises:
        ArgumentError: if the samples have weights already, or the model has several outputs.
    """
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    return x, y, _class_weights(y, sample_weight, class_weight)


def split(data: Any, fraction: float) -> tuple[Any, Any]:
    """Training and validation parts: the last `fraction` of the samples validates, as in Keras.

    Raises:
        ArgumentError: if one part would be empty.
    """
    samples = sample_count(data)
    at = math.floor(samples * (1.0 - fraction))
    if not 0 < at < samples:
        raise ArgumentError(
            f"validation_split={fraction!r} leaves one part of {samples} samples empty. "
            "Expected a fraction between 0 and 1 that leaves at least one sample to each."
        )
    return (
        keras.tree.map_structure(lambda one: one[:at], data),
        keras.tree.map_structure(lambda one: one[at:], data),
    )


def sample_count(data: Any) -> int:
    """How many samples the arrays hold.

    Raises:
        ArgumentError: if they differ, or there are none.
    """
    shapes = [tuple(one.shape) for one in keras.tree.flatten(data)]
    counts = {shape[0] if shape else None for shape in shapes}
    if len(counts) != 1 or counts <= {None, 0}:
        raise ArgumentError(
            f"The arrays of x, y and sample_weight have the shapes {shapes}. Expected the same "
            "number of samples, at least one, in the first dimension of each."
        )
    (count,) = counts
    return int(count)  # type: ignore[arg-type]


def _convert(part: Any, name: str) -> Any:
    if part is None:
        return None
    return keras.tree.map_structure(lambda one: _array(one, name), part, none_is_leaf=False)


def _array(value: Any, name: str) -> Any:
    """A NumPy array or a dense tensor of the backend, floats as `floatx`."""
    if not hasattr(value, "__array__") or not hasattr(value, "shape"):
        raise UnsupportedDataError(
            f"{name} holds a {type(value).__module__}.{type(value).__name__}. This version resumes "
            "training on data in memory: NumPy arrays, tensors, pandas frames, and dicts, lists "
            "or tuples of them. Turn the data into arrays, or use model.fit for it."
        )
    if not keras.ops.is_tensor(value):
        value = np.asarray(value)
        if value.dtype == object:
            if not all(isinstance(one, str) for one in value.flat):
                raise UnsupportedDataError(
                    f"{name} is an array of Python objects, shape {value.shape}. Expected "
                    "numbers or strings; convert it, for example with np.asarray(…, 'float32')."
                )
            value = value.astype(str)
    dtype = keras.backend.standardize_dtype(value.dtype) if _numeric(value) else "string"
    if "float" in dtype and dtype != keras.config.floatx():
        if isinstance(value, np.ndarray):
            return value.astype(keras.config.floatx())
        return keras.ops.cast(value, keras.config.floatx())
    return value


def _numeric(value: Any) -> bool:
    return not (isinstance(value, np.ndarray) and value.dtype.kind in "USO") and (
        "string" not in str(value.dtype)
    )


def _class_weights(y: Any, sample_weight: Any, class_weight: dict[int, float]) -> Any:
    if sample_weight is not None:
        raise ArgumentError("class_weight and sample_weight cannot be given together; pass one.")
    if y is None or keras.tree.is_nested(y):
        raise ArgumentError("class_weight needs a model with a single output and its y.")
    labels = np.asarray(keras.ops.convert_to_numpy(y))
    if labels.ndim > 1:
        single = labels.shape[-1] == 1
        labels = np.squeeze(labels, axis=-1) if single else np.argmax(labels, axis=-1)
    classes, inverse = np.unique(np.round(labels).astype("int32"), return_inverse=True)
    weights = [class_weight.get(int(one), 1.0) for one in classes]
    return np.asarray(weights, dtype=keras.config.floatx())[inverse.reshape(labels.shape)]


def _weight_per_output(y: Any, sample_weight: Any) -> Any:
    if keras.tree.is_nested(sample_weight):
        return sample_weight
    return keras.tree.map_structure(lambda _: sample_weight, y)
