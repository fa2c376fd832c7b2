"""Python values as JSON and arrays, without pickle: what a callback's state is kept as.

Covered: None, bool, int, float (bits kept), complex, str, bytes, list, tuple, dict, set, frozenset,
deque, Counter, OrderedDict, defaultdict; dates, times, paths, decimals, fractions, ranges, members
of enumerations (`leaves.py`); NumPy arrays and scalars, Keras variables and tensors, the comparisons
of `keras.ops` and NumPy by name, and the state of `random.Random` and `numpy.random.Generator`. An
object that occurs twice is restored as one object, cycles included. Anything else is kept as a
reference, where the caller knows a name for it (`refer`, `resolve`), or refused by name.
"""

from __future__ import annotations

import base64
import random
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import keras
import numpy as np
from numpy.typing import NDArray

from kresume_nb.train import leaves

Array = NDArray[Any]

_CONTAINERS = (list, tuple, dict, set, frozenset, deque)

_DICTS: dict[str, Callable[[], Any]] = {
    "Counter": Counter,
    "OrderedDict": OrderedDict,
    "defaultdict": defaultdict,
}
_FACTORIES: dict[str, Any] = {
    one.__name__: one for one in (int, float, bool, str, list, dict, set, tuple, deque)
}
"""What a `defaultdict` may make; no file may name any other."""

_COMPARISONS = ("less", "less_equal", "greater", "greater_equal", "minimum", "maximum")
"""Functions that a callback may hold: what `monitor_op` is. No file may name any other."""


class NotPlainError(TypeError):
    """A value that cannot be kept; its message names the value's type."""


class UnresolvedError(LookupError):
    """A reference to an object that does not exist any more; its message names it."""


def is_plain_leaf(value: Any) -> bool:
    """Whether a value is kept by itself: neither a container nor in need of a reference."""
    if isinstance(value, _CONTAINERS):
        return False
    if isinstance(value, np.ndarray):
        return not value.dtype.hasobject
    if keras.ops.is_tensor(value):
        return True
    try:
        Encoder([], keep=False).encode(value)
    except NotPlainError:
        return False
    return True


class Encoder:
    """Turns values into JSON; arrays are collected in `arrays`, and referred to by number.

    Args:
        arrays: receives copies; may hold arrays already.
        values: the values that will be encoded, to see which objects occur more than once.
        refer: gives a name for a value that is not to be kept itself, or None.
        keep: copy arrays; else they are only borrowed, to be looked at.
    """

    def __init__(
        self,
        arrays: list[Array],
        *values: Any,
        refer: Callable[[Any], str | None] | None = None,
        keep: bool = True,
    ) -> None:
        self.arrays = arrays
        self._refer = refer
        self._copy = keep
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
        if kind in (Counter, OrderedDict, defaultdict):
            return self._special_dict(value)
        return self._leaf(value)

    def _special_dict(self, value: Any) -> Any:
        makes = getattr(value, "default_factory", None)
        if makes is not None and _FACTORIES.get(getattr(makes, "__name__", "")) is not makes:
            raise NotPlainError(f"defaultdict of {makes!r}")
        items = [[self.encode(key), self.encode(item)] for key, item in value.items()]
        kind = type(value).__name__
        return {"$mapping": items, "kind": kind, "makes": getattr(makes, "__name__", None)}

    def _leaf(self, value: Any) -> Any:
        name = self._refer(value) if self._refer is not None else None
        if name is not None:
            return {"$ref": name}
        if isinstance(value, np.generic):
            return {"$scalar": self._keep(np.asarray(value))}
        if isinstance(value, np.ndarray):
            return {"$array": self._keep(value)}
        if isinstance(value, keras.Variable):
            array = self._keep(keras.ops.convert_to_numpy(value))
            return {"$variable": array, "trainable": bool(value.trainable)}
        if keras.ops.is_tensor(value):
            return {"$tensor": self._keep(keras.ops.convert_to_numpy(value))}
        if isinstance(value, bytes):
            return {"$bytes": base64.b64encode(value).decode()}
        if type(value) is random.Random:
            return {"$random": self._container(value.getstate())}
        if type(value) is np.random.Generator:
            return {"$generator": self._container(dict(value.bit_generator.state))}
        named = next((tag for tag, known in _named_comparisons() if known is value), None)
        encoded = dict([named]) if named is not None else leaves.encode(value)
        if encoded is None:
            raise NotPlainError(f"{type(value).__module__}.{type(value).__qualname__}")
        return encoded

    def _keep(self, array: Array) -> int:
        if array.dtype.hasobject:
            raise NotPlainError(f"a NumPy array of dtype {array.dtype}")
        self.arrays.append(array.copy() if self._copy else array)
        return len(self.arrays) - 1


class Decoder:
    """Turns JSON of an `Encoder` back into values.

    Args:
        array: gives the array of a number.
        resolve: gives the object of a reference.
    """

    def __init__(
        self, array: Callable[[int], Array], resolve: Callable[[str], Any] | None = None
    ) -> None:
        self._array = array
        self._resolve = resolve
        self._shared: dict[int, Any] = {}
        self._filled: list[Any] = []

    def decode_into(self, current: Any, data: Any) -> Any:
        """The value; where `current` is a list or dict as it is, that very object, filled anew.

        Others may hold it, too, and are to see the change.
        """
        number = None
        if isinstance(data, dict) and "$shared" in data:
            number, data = data["$shared"], data["value"]
        mapping = isinstance(data, dict) and ("$dict" in data or _untagged(data))
        fits = type(current) is (dict if mapping else list) and (mapping or type(data) is list)
        if not fits or any(current is one for one in self._filled):
            return self.decode(data, number)
        self._filled.append(current)
        self._share(number, current)
        before = current.copy()
        current.clear()
        try:
            if not mapping:
                return self._fill(current, data)
            pairs = data["$dict"] if "$dict" in data else data.items()
            current.update((self.decode(key), self.decode(item)) for key, item in pairs)
        except LookupError:
            current.clear()
            current.update(before) if mapping else current.extend(before)
            raise
        return current

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
        if tag == "$mapping":
            result = self._share(number, _DICTS[data["kind"]]())
            if data["makes"] is not None:
                result.default_factory = _FACTORIES[data["makes"]]
            for key, item in body:
                result[self.decode(key)] = self.decode(item)
            return result
        if tag == "$variable":
            made = keras.Variable(self._array(body), trainable=data.get("trainable", False))
            return self._share(number, made)
        read = self._READERS.get(tag) or leaves.reader(tag)
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

    def _reference(self, body: str) -> Any:
        if self._resolve is None:
            raise NotPlainError(f"the reference {body!r}")
        return self._resolve(body)

    _READERS: ClassVar[dict[str, Callable[[Decoder, Any], Any]]] = {
        "$int": lambda _, body: int(body),
        "$float": lambda _, body: float.fromhex(body),
        "$bytes": lambda _, body: base64.b64decode(body),
        "$tuple": lambda self, body: tuple(map(self.decode, body)),
        "$set": lambda self, body: set(map(self.decode, body)),
        "$frozenset": lambda self, body: frozenset(map(self.decode, body)),
        "$array": lambda self, body: self._array(body),
        "$scalar": lambda self, body: self._array(body)[()],
        "$tensor": lambda self, body: keras.ops.convert_to_tensor(self._array(body)),
        "$op": lambda _, body: _comparison(keras.ops, body),
        "$numpy": lambda _, body: _comparison(np, body),
        "$ref": _reference,
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


def _untagged(data: dict[str, Any]) -> bool:
    return not any(key.startswith("$") for key in data)


def _named_comparisons() -> Iterator[tuple[tuple[str, str], Any]]:
    for tag, module in (("$op", keras.ops), ("$numpy", np)):
        for name in _COMPARISONS:
            yield (tag, name), getattr(module, name)


def _comparison(module: Any, name: str) -> Any:
    if name not in _COMPARISONS:
        raise NotPlainError(f"the function {name!r}")
    return getattr(module, name)
