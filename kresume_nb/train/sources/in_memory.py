"""Data in memory as `fit` takes it, brought into one structure of arrays.

What Keras' array adapter takes, held as it holds it: floats as `floatx`, lists as tuples, class weights
as sample weights; a None among the leaves stays one.
"""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np

from kresume_nb.errors import ArgumentError, UnsupportedDataError
from kresume_nb.train.keras_compat import keras_data


def as_arrays(x: Any, y: Any, sample_weight: Any) -> Any:
    """The data of `fit` as one structure of arrays, `x`, `(x, y)` or `(x, y, sample_weight)`.

    Raises:
        UnsupportedDataError: for data that is not in memory (generators, data sets, loaders).
        ArgumentError: if the arrays differ in length, or the weights do not fit the outputs.
    """
    x, y, sample_weight = (_held(part, name) for part, name in
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
    if not 0 < math.floor(samples * (1.0 - fraction)) < samples:
        raise ArgumentError(
            f"validation_split={fraction!r} leaves one part of {samples} samples empty. "
            "Expected a fraction between 0 and 1 that leaves at least one sample to each."
        )
    return keras_data.split(data, fraction)


def sample_count(data: Any) -> int:
    """How many samples the arrays hold.

    Raises:
        ArgumentError: if they differ, or there are none.
    """
    leaves = [one for one in keras.tree.flatten(data) if one is not None]
    shapes = [tuple(one.shape) for one in leaves]
    counts = {shape[0] if shape else None for shape in shapes}
    if len(counts) != 1 or counts <= {None, 0}:
        raise ArgumentError(
            f"The arrays of x, y and sample_weight have the shapes {shapes}. Expected the same "
            "number of samples, at least one, in the first dimension of each."
        )
    (count,) = counts
    return int(count)  # type: ignore[arg-type]


def _held(part: Any, name: str) -> Any:
    for leaf in keras.tree.flatten(part):
        if not keras_data.can_hold(leaf):
            raise UnsupportedDataError(
                f"{name} holds a {type(leaf).__module__}.{type(leaf).__name__}. Expected data in "
                "memory (NumPy arrays, tensors, sparse and ragged ones, pandas frames, and dicts, "
                "lists or tuples of them), a PyDataset, a tf.data.Dataset, a torch DataLoader, a grain "
                "data set, a generator, or a function that makes one."
            )
    return keras.tree.map_structure(lambda one: _leaf(one, name), part)


def _leaf(value: Any, name: str) -> Any:
    """Held as Keras holds it, and what Keras refuses but means nothing else: text, and frames of it."""
    try:
        return keras_data.held(_objects(value))
    except (TypeError, ValueError) as error:
        raise UnsupportedDataError(
            f"{name} holds a {type(value).__name__} of shape {tuple(value.shape)}, an array of Python "
            f"objects that are neither numbers nor text: {error}. Convert it, for example with "
            "np.asarray(…, 'float32')."
        ) from error


def _objects(value: Any) -> Any:
    """Text as the backend's tensors of strings, other Python objects as numbers of `floatx`."""
    kinds = {getattr(one, "kind", "") for one in _dtypes(value)}
    mixed = "b" in kinds and len(kinds) > 1  # which pandas brings together as objects
    if not (mixed or kinds & {"U", "S", "O"}):
        return value
    array = np.asarray(value)
    if hasattr(value, "iloc") and array.ndim == 1:  # a pandas Series is a column
        array = array[:, None]
    if all(isinstance(one, str | bytes) for one in array.flat):
        if keras.backend.backend() != "tensorflow":
            raise ValueError("only TensorFlow has tensors of text")
        return keras.ops.convert_to_tensor(array.astype(object), dtype="string")
    return array.astype(keras.config.floatx())


def _dtypes(value: Any) -> list[Any]:
    """Of an array, or of each column of a pandas frame."""
    many: Any = getattr(value, "dtypes", None)
    return list(many) if hasattr(many, "__iter__") else [getattr(value, "dtype", None)]


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
        try:
            keras.tree.assert_same_structure(y, sample_weight)
        except ValueError as error:
            raise ArgumentError(
                f"sample_weight does not have the structure of y: {error} Pass one array of weights "
                "for each output."
            ) from error
        return sample_weight
    shape = tuple(sample_weight.shape)
    if len(shape) > 1 and shape[1:] != (1,):
        raise ArgumentError(
            f"sample_weight has the shape {shape}, and the model several outputs. Expected one weight "
            "a sample, of shape (samples,), or one array of weights for each output."
        )
    return keras.tree.map_structure(lambda _: sample_weight, y)


def batch_size(data: Any, steps_per_epoch: int | None) -> int:
    """Keras' default: 32, or what makes one pass of `steps_per_epoch` batches."""
    return 32 if not steps_per_epoch else math.ceil(sample_count(data) / steps_per_epoch)
