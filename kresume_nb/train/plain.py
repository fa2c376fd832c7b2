"""Python values as JSON and arrays, without pickle: what a callback's state is kept as.

Covered: None, bool, int, float (bits kept), str, bytes, list, tuple, dict, set, frozenset, deque,
NumPy arrays and scalars, Keras variables and tensors, the comparisons of `keras.ops` and NumPy by
name, and the state of `random.Random` and `numpy.random.Generator`. An object that occurs twice is
restored as one object, cycles included. Anything else is refused by name.
"""

from __future__ import annotations

import base64
import random
from collections import Counter, deque
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import keras
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_CONTAINERS = (list, tuple, dict, set, frozenset, deque)


_COMPARISONS = ("less", "less_equal", "greater", "greater_equal", "minimum", "maximum")
"""Functions that a callback may hold: what `monitor_op` is. No file may name any other."""


class NotPlainError(TypeError):
    """A value that cannot be kept; its message names the value's type."""


class Encoder:
    """Turns values into JSON; arrays are collected in `arrays`, and referred to by number.

    Args:
        arrays: receives copies; may hold arrays already.
        values: the values that will be encoded, to see which objects occur more than once.
    """

    def __init__(self, arrays: list[Array], *values: Any) -> None:
        self.arrays = arrays
        self._counts: Counter[int] = Counter()
        self._alive: list[Any] = []  # an id is only good while its object lives
        self._numbers: dict[int, int] = {}
        for value in values:
            self._count(value)

    def _count(self, value: Any) -> None:
        if not isinstance(value, (*_CONTAINERS, np.ndarray)):
            return
        self._alive.append(value)
        self._counts[id(value)] += 1
        if self._counts[id(value)] == 1 and not isinstance(value, np.ndarray):
            items = [*value.keys(), *value.values()] if isinstance(value, dict) else value
            for item in items:
                self._count(item)

    def encode(self, value: Any) -> Any:
        """The value as JSON.

        Raises:
            NotPlainError: if it, or something in it, cannot be kept.
        """
        if value is None or type(value) in (bool, str):
            return value
        if type(value) is int:
            return value if abs(value) < 2**53 else {"$int": str(value)}
        if type(value) is float:
            return value if np.isfinite(value) else {"$float": value.hex()}
        if self._counts[id(value)] > 1 and isinstance(value, (*_CONTAINERS, np.ndarray)):
            if id(value) in self._numbers:
                return {"$same": self._numbers[id(value)]}
            number = self._numbers[id(value)] = len(self._numbers)
            return {"$shared": number, "value": self._container(value)}
        return self._container(value)

    def _container(self, value: Any) -> Any:
        kind = type(value)
        if kind is dict:
            if all(type(key) is str and not key.startswith("$") for key in value):
                return {key: self.encode(item) for key, item in value.items()}
            return {"$dict": [[self.encode(key), self.encode(item)] for key, item in value.items()]}
        if kind is list:
            return [self.encode(item) for item in value]
        if kind in (set, frozenset):
            return {f"${kind.__name__}": [self.encode(item) for item in sorted(value, key=repr)]}
        if kind is tuple:
            return {"$tuple": [self.encode(item) for item in value]}
        if kind is deque:
            return {"$deque": [self.encode(item) for item in value], "maxlen": value.maxlen}
        return self._leaf(value)

    def _leaf(self, value: Any) -> Any:
        if isinstance(value, np.generic):
            return {"$scalar": self._keep(np.asarray(value))}
        if isinstance(value, np.ndarray):
            return {"$array": self._keep(value)}
        if isinstance(value, keras.Variable):
            return {"$variable": self._keep(keras.ops.convert_to_numpy(value))}
        if keras.ops.is_tensor(value):
            return {"$tensor": self._keep(keras.ops.convert_to_numpy(value))}
        if isinstance(value, bytes):
            return {"$bytes": base64.b64encode(value).decode()}
        if type(value) is random.Random:
            return {"$random": self._container(value.getstate())}
        if type(value) is np.random.Generator:
            return {"$generator": self._container(dict(value.bit_generator.state))}
        named = next((tag for tag, known in _named_comparisons() if known is value), None)
        if named is None:
            raise NotPlainError(f"{type(value).__module__}.{type(value).__qualname__}")
        return dict([named])

    def _keep(self, array: Array) -> int:
        if array.dtype.hasobject:
            raise NotPlainError(f"a NumPy array of dtype {array.dtype}")
        self.arrays.append(array.copy())
        return len(self.arrays) - 1


class Decoder:
    """Turns JSON of an `Encoder` back into values.

    Args:
        array: gives the array of a number.
    """

    def __init__(self, array: Callable[[int], Array]) -> None:
        self._array = array
        self._shared: dict[int, Any] = {}

    def decode(self, data: Any, number: int | None = None) -> Any:
        """The value."""
        if isinstance(data, list):
            return self._fill(self._share(number, []), data)
        if not isinstance(data, dict):
            return data
        tag = next((key for key in data if key.startswith("$")), None)
        if tag is None:
            result = self._share(number, {})
            result.update((key, self.decode(item)) for key, item in data.items())
            return result
        return self._tagged(tag, data[tag], data, number)

    def _tagged(self, tag: str, body: Any, data: dict[str, Any], number: int | None) -> Any:
        if tag == "$same":
            return self._shared[body]
        if tag == "$shared":
            return self.decode(data["value"], body)
        if tag == "$dict":
            result = self._share(number, {})
            result.update((self.decode(key), self.decode(item)) for key, item in body)
            return result
        if tag == "$deque":
            return self._fill(self._share(number, deque(maxlen=data["maxlen"])), body)
        read = self._READERS.get(tag)
        if read is None:
            raise NotPlainError(f"the unknown tag {tag!r}")
        return self._share(number, read(self, body))

    def _random(self, body: Any) -> random.Random:
        stream = random.Random()
        stream.setstate(self.decode(body))
        return stream

    def _generator(self, body: Any) -> np.random.Generator:
        state = self.decode(body)
        name = state["bit_generator"]
        if name not in ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"):
            raise NotPlainError(f"the unknown bit generator {name!r}")
        bits = getattr(np.random, name)()
        bits.state = state
        return np.random.Generator(bits)

    _READERS: ClassVar[dict[str, Callable[[Decoder, Any], Any]]] = {
        "$int": lambda _, body: int(body),
        "$float": lambda _, body: float.fromhex(body),
        "$bytes": lambda _, body: base64.b64decode(body),
        "$tuple": lambda self, body: tuple(map(self.decode, body)),
        "$set": lambda self, body: set(map(self.decode, body)),
        "$frozenset": lambda self, body: frozenset(map(self.decode, body)),
        "$array": lambda self, body: self._array(body),
        "$variable": lambda self, body: self._array(body),
        "$scalar": lambda self, body: self._array(body)[()],
        "$tensor": lambda self, body: keras.ops.convert_to_tensor(self._array(body)),
        "$op": lambda _, body: _comparison(keras.ops, body),
        "$numpy": lambda _, body: _comparison(np, body),
        "$random": _random,
        "$generator": _generator,
    }

    def _share(self, number: int | None, value: Any) -> Any:
        if number is not None:
            self._shared[number] = value
        return value

    def _fill(self, target: Any, items: list[Any]) -> Any:
        for item in items:
            target.append(self.decode(item))
        return target


def _named_comparisons() -> Iterator[tuple[tuple[str, str], Any]]:
    for tag, module in (("$op", keras.ops), ("$numpy", np)):
        for name in _COMPARISONS:
            yield (tag, name), getattr(module, name)


def _comparison(module: Any, name: str) -> Any:
    if name not in _COMPARISONS:
        raise NotPlainError(f"the function {name!r}")
    return getattr(module, name)
