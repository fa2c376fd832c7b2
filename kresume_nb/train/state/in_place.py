"""Puts a restored value into an object that is there already, so that everybody who holds it sees it.

An array that a callback and the data share, a buffer that two callbacks fill: replaced by an equal
object in one of them, they would go apart from then on.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from typing import Any

import keras
import numpy as np

from kresume_nb.train.state import random_generators

_LIBRARIES = ("keras.", "tensorflow.")


def container(value: Any) -> type | None:
    """The built-in kind of a container that can be changed; None for anything else.

    The wrappers that Keras and TensorFlow put around what is set on a layer count as what they wrap.
    """
    kind = type(value)
    if kind in (list, dict, set, deque, Counter, OrderedDict, defaultdict):
        return kind
    if kind.__module__.startswith(_LIBRARIES):
        return next((plain for plain in (list, dict, set) if isinstance(value, plain)), None)
    return None


def kind_of(value: Any) -> type:
    """The built-in kind of a container, tuples within TensorFlow's wrapper included; else the type."""
    wrapped = getattr(value, "__wrapped__", None) if isinstance(value, tuple) else None
    return tuple if type(wrapped) is tuple else container(value) or type(value)


def is_mutable(value: Any) -> bool:
    """Whether a plain value can be changed in place, and so be shared."""
    return (
        container(value) is not None
        or isinstance(value, (np.ndarray, bytearray))
        or random_generators.is_stream(value)
        or is_torch_tensor(value)
    )


def takes(present: Any, kind: type | None, maxlen: int | None = None) -> bool:
    """Whether a container takes the items of one of this kind."""
    if kind is None or container(present) is not kind:
        return False
    return kind is not deque or present.maxlen == maxlen


def refill(present: Any, value: Any) -> None:
    """Gives a container the items of another of its kind."""
    if isinstance(present, list):
        present[:] = value
        return
    present.clear()
    if isinstance(present, deque):
        present.extend(value)
    else:
        present.update(value)


def put(present: Any, value: Any) -> bool:
    """Gives an array, a bytearray, a generator, a variable or a tensor of torch the value of another.

    Returns:
        False if it does not take it: of another kind, shape or type, or read-only.
    """
    if isinstance(present, np.ndarray):
        fits = (
            isinstance(value, np.ndarray)
            and (present.shape, present.dtype) == (value.shape, value.dtype)
            and present.flags.writeable
        )
        if fits:
            present[...] = value
        return fits
    if type(present) is bytearray and type(value) is bytearray:
        present[:] = value
        return True
    if isinstance(present, keras.Variable) or is_backend_variable(present):
        return _assign(present, value)
    kind = random_generators.kind_of(present)
    if kind is not None and kind is random_generators.kind_of(value):
        try:
            kind.write(present, kind.read(value))
        except (ValueError, TypeError, RuntimeError):
            return False
        return True
    if is_torch_tensor(present) and is_torch_tensor(value):
        import torch

        if (present.shape, present.dtype) != (value.shape, value.dtype):
            return False
        with torch.no_grad():
            present.copy_(value)
        return True
    return False


def _assign(variable: Any, value: Any) -> bool:
    if isinstance(variable, keras.Variable):
        fits = isinstance(value, keras.Variable) and tuple(variable.shape) == tuple(value.shape)
    else:
        of_value = getattr(value, "shape", None), getattr(value, "dtype", None)
        fits = keras.ops.is_tensor(value) and (variable.shape, variable.dtype) == of_value
    if fits:
        variable.assign(value)
    return fits


def with_variables(present: Any, value: Any) -> Any:
    """A restored value, in which the variables of the present one stay and take the values.

    A step of a person's own assigns to those; an equal variable or tensor beside them would be another
    thing than what the model tracks and the compiled step uses.
    """
    return _with_variables(present, value, set())


def _with_variables(present: Any, value: Any, seen: set[int]) -> Any:
    if isinstance(present, keras.Variable) or is_backend_variable(present):
        return present if put(present, value) else value
    if present is value or id(value) in seen:
        return value
    seen.add(id(value))
    if isinstance(present, tuple) and type(value) is tuple and len(present) == len(value):
        pairs = zip(present, value, strict=True)
        both = tuple(_with_variables(one, two, seen) for one, two in pairs)
        return both if any(one is not two for one, two in zip(both, value, strict=True)) else value
    if container(present) is not container(value):
        return value
    if isinstance(value, list):
        for number, (one, two) in enumerate(zip(present, value, strict=False)):
            value[number] = _with_variables(one, two, seen)
    elif isinstance(value, dict):
        for key in value.keys() & present.keys():
            value[key] = _with_variables(present[key], value[key], seen)
    return value


def is_backend_variable(value: Any) -> bool:
    """Whether it is a variable of TensorFlow's own; it is kept as its value."""
    return (
        keras.backend.backend() == "tensorflow"
        and keras.ops.is_tensor(value)
        and callable(getattr(value, "assign", None))
    )


def is_torch_tensor(value: Any) -> bool:
    """Whether it is a tensor that can be changed in place: torch's only."""
    return (
        keras.backend.backend() == "torch"
        and keras.ops.is_tensor(value)
        and callable(getattr(value, "copy_", None))
    )
