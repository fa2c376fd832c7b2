"""Python values as JSON and arrays, without pickle: what a callback's state is kept as.

Covered: None, bool, int, float (bits kept), complex, str, bytes, list, tuple, dict, set, frozenset,
deque, Counter, OrderedDict, defaultdict; dates, times, paths, decimals, fractions, ranges, members
of enumerations (`encoding_leaves.py`); NumPy arrays and scalars, Keras variables and tensors, the comparisons
of `keras.ops` and NumPy by name, and the state of random generators (`random_generators.py`). An object that
occurs twice is restored as one object, cycles included. Anything else is kept as a reference, where
the caller knows a name for it (`refer`, `resolve`), or refused by name.

Objects that the notebook made before training have a name (`identity.py`), under which the encoder
keeps their contents once; the decoder puts them into the very object of that name (`in_place.py`).
"""

from __future__ import annotations

import base64
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

import keras
import numpy as np
from numpy.typing import NDArray

from kresume_nb.train.state import encoding_leaves, in_place, random_generators

Array = NDArray[Any]

_CONTAINERS = (list, tuple, dict, set, frozenset, deque)

_DEEPEST = 150
"""Levels of containers within containers; JSON and Python's own stack have such a limit, too."""

_DICTS: dict[str, Callable[[], Any]] = {
    "Counter": Counter,
    "OrderedDict": OrderedDict,
    "defaultdict": defaultdict,
}
_FACTORIES: dict[str, Any] = {
    one.__name__: one for one in (int, float, bool, str, list, dict, set, tuple, deque)
}
"""What a `defaultdict` may make; no file may name any other."""

_SCALARS = frozenset({type(None), bool, int, float, str, bytes})

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
    if isinstance(value, keras.random.SeedGenerator):
        return False
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
        names: gives the name of a container, array or generator that the notebook made; its
            contents are kept once, in `objects`.
        keep: copy arrays; else they are only borrowed, to be looked at.
    """

    def __init__(
        self,
        arrays: list[Array],
        *values: Any,
        refer: Callable[[Any], str | None] | None = None,
        names: Callable[[Any], str | None] | None = None,
        keep: bool = True,
    ) -> None:
        self.arrays = arrays
        self.objects: dict[str, Any] = {}
        """Contents of named objects."""
        self._refer = refer
        self._names = names
        self._depth = 0
        self._copy = keep
        self._counts: Counter[int] = Counter()
        self._alive: list[Any] = []  # an id is only good while its object lives
        self._numbers: dict[int, int] = {}
        self.count(*values)

    def count(self, *values: Any) -> None:
        """Takes note of values that will be encoded: an object that is in two of them is shared."""
        for value in values:
            self._count(value)

    def refers(self, refer: Callable[[Any], str | None]) -> None:
        """From now on, values that are not to be kept themselves are named by another function."""
        self._refer = refer

    def _count(self, root: Any) -> None:
        waiting = [root]
        while waiting:
            value = waiting.pop()
            if type(value) in _SCALARS:
                continue
            plain = in_place.container(value)
            if plain is None and not isinstance(value, (tuple, frozenset)):
                if in_place.is_mutable(value):
                    self._alive.append(value)
                    self._counts[id(value)] += 1
                continue
            self._alive.append(value)
            self._counts[id(value)] += 1
            if self._counts[id(value)] == 1:
                if isinstance(value, dict):
                    waiting += value.keys()
                    waiting += value.values()
                else:
                    waiting.extend(value)

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
        name = self._names(value) if self._names is not None else None
        if name is not None:
            return self._named(name, value)
        if self._counts[id(value)] > 1:
            if id(value) in self._numbers:
                return {"$same": self._numbers[id(value)]}
            number = self._numbers[id(value)] = len(self._numbers)
            return {"$shared": number, "value": self._container(value)}
        return self._container(value)

    def _named(self, name: str, value: Any) -> dict[str, Any]:
        if name not in self.objects:
            self.objects[name] = None  # begun: it may hold itself
            try:
                self.objects[name] = self._container(value)
            except NotPlainError:
                del self.objects[name]
                raise
        return {"$at": name}

    def _container(self, value: Any) -> Any:
        if self._depth > _DEEPEST:
            raise NotPlainError(f"containers nested more than {_DEEPEST} deep")
        self._depth += 1
        try:
            return self._contents(value)
        finally:
            self._depth -= 1

    def _contents(self, value: Any) -> Any:
        kind = in_place.kind_of(value)
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
        stream = random_generators.kind_of(value)
        if stream is not None:
            return {stream.tag: self._container(stream.read(value))}
        named = next((tag for tag, known in _named_comparisons() if known is value), None)
        encoded = dict([named]) if named is not None else encoding_leaves.encode(value)
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
        objects: contents of named objects.
        live: gives the present object of a name; None if there is none.
    """

    def __init__(
        self,
        array: Callable[[int], Array],
        resolve: Callable[[str], Any] | None = None,
        *,
        objects: Mapping[str, Any] | None = None,
        live: Callable[[str], Any] | None = None,
    ) -> None:
        self._array = array
        self._resolve = resolve
        self._objects = objects or {}
        self._live = live or (lambda _: None)
        self._shared: dict[int | str, Any] = {}
        self._filled: list[Any] = []
        self.replaced: list[tuple[Any, Any]] = []
        """Objects of a name that could not be filled, and what was made in their place."""

    def with_references(self, resolve: Callable[[str], Any]) -> Decoder:
        """A decoder that resolves references otherwise, and shares all objects with this one."""
        other = Decoder(self._array, resolve, objects=self._objects, live=self._live)
        other._shared, other._filled = self._shared, self._filled  # its own class
        other.replaced = self.replaced
        return other

    def share(self, other: Decoder) -> None:
        """Takes over what another made of the same checkpoint before.

        But for objects that callbacks or the model hold: those are filled once more, since
        `on_train_begin` may have changed them again.
        """
        self._shared |= {
            key: value
            for key, value in other._shared.items()  # its own class
            if not isinstance(key, str) or key.startswith("data.")
        }

    def decode_into(self, current: Any, data: Any) -> Any:
        """The value; where `current` can take it, that very object, filled anew.

        Others may hold it, too, and are to see the change.
        """
        key: int | str | None = None
        if isinstance(data, dict) and "$shared" in data:
            key, data = data["$shared"], data["value"]
        elif isinstance(data, dict) and "$at" in data:
            return self._object(data["$at"], current)
        if not in_place.is_mutable(current):
            return self._share(key, in_place.with_variables(current, self.decode(data, key)))
        if any(current is one for one in self._filled):
            return self.decode(data, key)
        return self._fill(current, data, key)

    def _object(self, name: str, current: Any = None) -> Any:
        """The object of a name: the one that the notebook made again, if it is there."""
        if name in self._shared:
            return self._shared[name]
        data = self._objects[name]
        present = self._live(name)
        if present is None and not any(current is one for one in self._filled):
            present = current
        if present is None or not in_place.is_mutable(present):
            return self.decode(data, name)
        return self._fill(present, data, name)

    def _fill(self, present: Any, data: Any, key: int | str | None) -> Any:
        """The present object, with these contents; a new one if it does not take them."""
        if in_place.takes(
            present, _kind(data), data.get("maxlen") if _kind(data) is deque else None
        ):
            self._filled.append(present)
            self._share(key, present)
            in_place.refill(present, in_place.with_variables(present, self.decode(data)))
            return present
        value = self.decode(data, key)
        if in_place.put(present, value):
            self._filled.append(present)
            return self._share(key, present)
        self.replaced.append((present, value))
        return value

    def decode(self, data: Any, number: int | str | None = None) -> Any:
        """The value."""
        if isinstance(data, list):
            return self._extend(self._share(number, []), data)
        if not isinstance(data, dict):
            return data
        tag = next((key for key in data if key.startswith("$")), None)
        if tag is None:
            result = self._share(number, {})
            result.update((key, self.decode(item)) for key, item in data.items())
            return result
        return self._tagged(tag, data[tag], data, number)

    def _tagged(self, tag: str, body: Any, data: dict[str, Any], number: int | str | None) -> Any:
        if tag in ("$at", "$same", "$shared"):
            return self._held_twice(tag, body, data)
        if tag == "$dict":
            result = self._share(number, {})
            result.update((self.decode(key), self.decode(item)) for key, item in body)
            return result
        if tag == "$deque":
            return self._extend(self._share(number, deque(maxlen=data["maxlen"])), body)
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
        stream = random_generators.with_tag(tag)
        if stream is not None:
            return self._share(number, self._stream(stream, body))
        read = self._READERS.get(tag) or encoding_leaves.reader(tag)
        if read is None:
            raise NotPlainError(f"the unknown tag {tag!r}")
        return self._share(number, read(self, body))

    def _held_twice(self, tag: str, body: Any, data: dict[str, Any]) -> Any:
        if tag == "$at":
            return self._object(body)
        return self._shared[body] if tag == "$same" else self.decode(data["value"], body)

    def _stream(self, kind: random_generators.Kind, body: Any) -> Any:
        try:
            return kind.make(self.decode(body))
        except TypeError as error:
            raise NotPlainError(str(error)) from None

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
    }

    def _share(self, number: int | str | None, value: Any) -> Any:
        if number is not None:
            self._shared[number] = value
        return value

    def _extend(self, target: Any, items: list[Any]) -> Any:
        for item in items:
            target.append(self.decode(item))
        return target


def _kind(data: Any) -> type | None:
    """Which container some JSON is the contents of."""
    if isinstance(data, list):
        return list
    if not isinstance(data, dict):
        return None
    tag = next((key for key in data if key.startswith("$")), "$dict")
    if tag == "$mapping":
        return {"Counter": Counter, "OrderedDict": OrderedDict, "defaultdict": defaultdict}.get(
            data["kind"]
        )
    return {"$dict": dict, "$set": set, "$deque": deque}.get(tag)


def _named_comparisons() -> Iterator[tuple[tuple[str, str], Any]]:
    for tag, module in (("$op", keras.ops), ("$numpy", np)):
        for name in _COMPARISONS:
            yield (tag, name), getattr(module, name)


def _comparison(module: Any, name: str) -> Any:
    if name not in _COMPARISONS:
        raise NotPlainError(f"the function {name!r}")
    return getattr(module, name)
