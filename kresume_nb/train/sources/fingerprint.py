"""What tells one training set and one architecture from another, at a bounded cost."""

from __future__ import annotations

import hashlib
import math
from typing import Any

import keras
import numpy as np

from kresume_nb.run.records import DataArray
from kresume_nb.train.keras_compat.keras_data import rows
from kresume_nb.train.sources import content

_ROWS = 1024
_BYTES = 1 << 22


def describe_data(data: Any) -> list[DataArray]:
    """Each array's name, shape, dtype and digest.

    The digest is over evenly spaced rows, the first and last among them, up to 4 MiB an array: a
    change of every row or of the order is seen, a change of a single value in a large array may
    not be. A leaf that is None is no array.
    """
    described = []
    for path, value in _named(data):
        count = int(value.shape[0])
        row_bytes = max(1, _row_bytes(value))
        take = max(1, min(count, _ROWS, _BYTES // row_bytes))
        picked = np.unique(np.linspace(0, count - 1, take).astype(np.int64))
        sample = value[picked] if isinstance(value, np.ndarray) else rows(value, picked)
        shape = value.shape
        if isinstance(sample, np.ndarray):
            shape = (count, *sample.shape[1:])  # a pandas Series is a column
        described.append(
            DataArray(
                name=path,
                shape=[-1 if one is None else int(one) for one in shape],
                dtype=_dtype(value if hasattr(value, "dtype") else sample),
                digest=content.digest(sample),
            )
        )
    return described


def describe_model(model: keras.Model) -> str:
    """SHA-256 over the model's variables' shapes and dtypes and its layers' classes, in order."""
    digest = hashlib.sha256()
    for layer in model.layers:
        digest.update(f"{type(layer).__module__}.{type(layer).__qualname__};".encode())
    for variable in model.variables:
        digest.update(f"{tuple(variable.shape)}{variable.dtype};".encode())
    return digest.hexdigest()


def _named(data: Any) -> list[tuple[str, Any]]:
    parts = data if isinstance(data, tuple) else (data,)
    named: list[tuple[str, Any]] = []
    for label, part in zip(("x", "y", "sample_weight"), parts, strict=False):
        for number, leaf in enumerate(leaves := keras.tree.flatten(part)):
            if leaf is None:
                continue
            named.append((label if len(leaves) == 1 else f"{label}[{number}]", leaf))
    return named


def _dtype(value: Any) -> str:
    return value.dtype.name if hasattr(value.dtype, "name") else str(value.dtype)


def _row_bytes(value: Any) -> int:
    size = getattr(getattr(value, "dtype", None), "itemsize", None) or 8
    return math.prod(int(one or 1) for one in value.shape[1:]) * int(size)
