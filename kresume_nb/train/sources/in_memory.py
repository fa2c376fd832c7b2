"""Data in memory as `fit` takes it, brought into one structure of arrays.

The same conversions as Keras' array adapter: floats to `floatx`, lists to tuples, class weights to
sample weights.
"""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np

from kresume_nb.errors import ArgumentError, UnsupportedDataError


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
            f"{name} holds a {type(value).__module__}.{type(value).__name__}. Expected data in "
            "memory (NumPy arrays, tensors, pandas frames, and dicts, lists or tuples of them), a "
            "PyDataset, a tf.data.Dataset, a torch DataLoader, a grain data set, a generator, or a "
            "function that makes one."
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


def batch_size(data: Any, steps_per_epoch: int | None) -> int:
    """Keras' default: 32, or what makes one pass of `steps_per_epoch` batches."""
    return 32 if not steps_per_epoch else math.ceil(sample_count(data) / steps_per_epoch)
