"""Which kind of data a user's `x` is, and the source that reads it."""

from __future__ import annotations

import types
from typing import Any

import keras

from kresume_nb.errors import ArgumentError
from kresume_nb.train.sources import in_memory
from kresume_nb.train.sources.arrays import Arrays
from kresume_nb.train.sources.generators import Generator
from kresume_nb.train.sources.grain import Grain
from kresume_nb.train.sources.loader import Loader
from kresume_nb.train.sources.py_dataset import PyData
from kresume_nb.train.sources.reader import Reader
from kresume_nb.train.sources.source import Source
from kresume_nb.train.sources.stream import Stream
from kresume_nb.train.sources.tf_data import TFData

KINDS = ("arrays", "tf.data", "PyDataset", "DataLoader", "grain", "generator")


def kind_of(x: Any) -> str:
    """One of `KINDS`, without importing the library that `x` may come from."""
    if isinstance(x, keras.utils.PyDataset):
        return "PyDataset"
    if isinstance(x, types.GeneratorType) or (
        callable(x) and not hasattr(x, "__array__") and not isinstance(x, type)
    ):
        return "generator"
    for parent in type(x).__mro__:
        module = parent.__module__
        if parent.__name__ == "DatasetV2" and module.startswith("tensorflow."):
            return "tf.data"
        if parent.__name__ == "DataLoader" and module.startswith("torch.utils.data"):
            return "DataLoader"
        if parent.__name__ in ("MapDataset", "IterDataset", "DataLoader") and (
            module.partition(".")[0] == "grain"
        ):
            return "grain"
    return "arrays"


def open_source(
    x: Any,
    y: Any,
    sample_weight: Any,
    *,
    batch_size: int | None,
    shuffle: bool | str,
    class_weight: dict[int, float] | None,
    steps_per_epoch: int | None,
) -> Source:
    """The source of `fit`'s training data.

    Raises:
        ArgumentError, UnsupportedDataError: if the arguments do not fit the kind of data.
    """
    kind = kind_of(x)
    if kind == "arrays":
        data = in_memory.as_arrays(x, y, sample_weight)
        if class_weight is not None:  # of training only: validation is not weighted by class
            data = in_memory.weighted_by_class(data, class_weight)
        size = batch_size or in_memory.batch_size(data, steps_per_epoch)
        reader: Reader = Arrays(data, batch_size=size, shuffle=shuffle)
        return Stream(reader, steps_per_epoch=steps_per_epoch)
    for name, value in (("y", y), ("sample_weight", sample_weight)):
        if value is not None:
            raise ArgumentError(
                f"{name} was passed beside x, which is a {kind} and has to hold it. Put {name} into "
                "the batches: (inputs, targets) or (inputs, targets, sample_weights)."
            )
    if class_weight is not None and kind not in ("tf.data", "PyDataset"):
        raise ArgumentError(
            f"class_weight cannot be used with a {kind}, as in Keras. Put sample weights into the "
            "batches: (inputs, targets, sample_weights)."
        )
    reader = _reader(kind, x, shuffle, class_weight, steps_per_epoch)
    if reader.batches is None and steps_per_epoch is None and _endless(kind, x):
        raise ArgumentError(
            f"x is a {kind} without an end, so an epoch has none either. Pass steps_per_epoch=…."
        )
    return Stream(reader, steps_per_epoch=steps_per_epoch)


def _reader(
    kind: str,
    x: Any,
    shuffle: bool | str,
    class_weight: dict[int, float] | None,
    steps_per_epoch: int | None,
) -> Reader:
    if kind == "tf.data":
        return TFData(x, class_weight=class_weight, continuous=steps_per_epoch is not None)
    if kind == "PyDataset":
        return PyData(
            x,
            shuffle=bool(shuffle),
            continuous=steps_per_epoch is not None,
            class_weight=class_weight,
        )
    if kind == "DataLoader":
        return Loader(x)
    return Grain(x) if kind == "grain" else Generator(x)


def _endless(kind: str, x: Any) -> bool:
    if kind == "tf.data":
        return int(x.cardinality()) == -1
    return kind == "PyDataset"
