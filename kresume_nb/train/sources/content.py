"""Digests of data by what it holds, never by where it lies in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np


def digest(value: Any) -> str:
    """SHA-256 of an array, a tensor, or a sparse or ragged one: equal for equal contents.

    Strings and other Python objects in an array are taken by type and content; of an object that has
    no content that is known here, its type alone.
    """
    found = hashlib.sha256()
    for part in _parts(value):
        found.update(part)
    return found.hexdigest()


def _parts(value: Any) -> Iterator[bytes]:
    for name in _PARTS.get(type(value).__name__, ()):
        held = getattr(value, name)
        for one in held if isinstance(held, tuple | list) else (held,):
            yield from _dense(one)
        yield name.encode()
    if type(value).__name__ in _PARTS:
        return
    if hasattr(value, "tocoo"):  # SciPy's, in whatever layout
        sparse = value.tocsr()
        sparse.sort_indices()
        for one in (sparse.indptr, sparse.indices, sparse.data):
            yield from _dense(one)
        return
    yield from _dense(value)


_PARTS = {
    "SparseTensor": ("indices", "values"),
    "RaggedTensor": ("flat_values", "nested_row_splits"),
    "BCOO": ("indices", "data"),
}
"""Of a tensor that is not dense: the attributes that hold its contents."""


def _dense(value: Any) -> Iterator[bytes]:
    if not isinstance(value, np.ndarray):
        value = np.asarray(keras.ops.convert_to_numpy(value))
    if value.dtype != object:
        yield np.ascontiguousarray(value).tobytes()
        return
    for one in value.flat:
        yield _object(one) + b"\0"


def _object(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if isinstance(value, bytes):
        return value
    if value is None or isinstance(value, bool | int | float | complex | np.generic):
        return f"{type(value).__name__} {value!r}".encode()
    return type(value).__name__.encode()
