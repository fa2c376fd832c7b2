"""Whether a value that was read back is what it was taken from: types, contents, and who is whom.

Independent of how values are written, so that a gap there is seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from kresume_nb.train.state import in_place, random_generators

_MOST = 1 << 24
"""Bytes of an array that are compared; of a larger one, type and shape."""


def difference(value: Any, other: Any) -> str | None:
    """What differs, in a few words; None if nothing does."""
    pairs: dict[int, int] = {}
    waiting: list[tuple[str, Any, Any]] = [("", value, other)]
    while waiting:
        path, one, two = waiting.pop()
        if one is two:
            continue
        kind, its = _kind(one), _kind(two)
        if kind is not its:
            return f"{_at(path)}a {_name(one)} comes back as a {_name(two)}"
        if in_place.is_mutable(one):
            if id(one) in pairs:
                if pairs[id(one)] != id(two):
                    return f"{_at(path)}one object comes back as two"
                continue
            pairs[id(one)] = id(two)
        if isinstance(one, (list, tuple, dict, set, frozenset)) or kind.__name__ == "deque":
            if len(one) != len(two):
                return f"{_at(path)}{len(one)} items come back as {len(two)}"
            waiting.extend(_items(path, one, two))
        elif not _equal(one, two):
            return f"{_at(path)}a {_name(one)} comes back with another value"
    return None


def _kind(value: Any) -> type:
    if in_place.is_backend_variable(value):  # kept as its value, and put into the one that is there
        return type(keras.ops.convert_to_tensor(0))  # the variable itself is left as it is by Keras
    return in_place.kind_of(value)


def _items(path: str, one: Any, two: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(one, dict):
        for (key, item), (its, other) in zip(one.items(), two.items(), strict=True):
            yield f"{path} key {key!r}", key, its
            yield f"{path}[{key!r}]", item, other
    elif isinstance(one, (set, frozenset)):
        yield f"{path}{{…}}", sorted(map(repr, one)), sorted(map(repr, two))
    else:
        for number, (item, other) in enumerate(zip(one, two, strict=True)):
            yield f"{path}[{number}]", item, other


def _equal(one: Any, two: Any) -> bool:
    if random_generators.is_stream(one):
        return difference(random_generators.state_of(one), random_generators.state_of(two)) is None
    if isinstance(one, (np.ndarray, np.generic, keras.Variable)) or keras.ops.is_tensor(one):
        return _same_bits(_array(one), _array(two))
    if isinstance(one, (float, complex)):
        return repr(one) == repr(two)
    if hasattr(one, "tocsr"):  # SciPy's, whose comparison is a matrix
        return one.shape == two.shape and _same_bits(one.toarray(), two.toarray())
    return bool(one == two)


def _array(value: Any) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        return np.asarray(value)
    return np.asarray(keras.ops.convert_to_numpy(value))


def _same_bits(one: Any, two: Any) -> bool:
    if (one.shape, one.dtype) != (two.shape, two.dtype):
        return False
    same_memory = one.__array_interface__["data"] == two.__array_interface__["data"]
    return bool(same_memory or one.nbytes > _MOST or one.tobytes() == two.tobytes())


def _at(path: str) -> str:
    return f"{path.lstrip()}: " if path else ""


def _name(value: Any) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
