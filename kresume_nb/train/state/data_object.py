"""What a person's data object remembers: shuffled indices, counters, random generators.

A data set, a sampler, or a function that makes batches: its attributes, those of objects of a
person's classes within it, and what a function's closure, defaults and globals hold, as far as that
can be seen without running code. What never changed is how it was made, and running the notebook's
cells makes it so again. Values of some size are looked at only when code of the object has run, since
looking costs a pass over their bytes.
"""

from __future__ import annotations

import copy
import functools
import sys
import types
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from kresume_nb.run.records import Finding
from kresume_nb.train.state import in_place, objects, random_generators
from kresume_nb.train.state.encoding import Array, Encoder, NotPlainError

_SMALL = 1 << 16
_LARGE = 1 << 28
"""Bytes: beyond the first, a value is looked at only after code has run; beyond the second, never."""
OF_A_LOADER = ("dataset", "sampler", "batch_sampler")
"""What a person may give a `DataLoader` that remembers something."""
_DEEPEST = 6
"""Objects within objects."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value is held: an attribute, a variable of a closure, a global."""

    owner: Any
    attribute: str

    def value(self) -> Any:
        """What is there now; None if nothing is."""
        if isinstance(self.owner, dict):
            return self.owner.get(self.attribute)
        return getattr(self.owner, self.attribute, None)

    def set(self, value: Any) -> None:
        """Puts another value there."""
        if isinstance(self.owner, _Variables):
            in_place.put(self.owner[self.attribute], value)
        elif isinstance(self.owner, dict):
            self.owner[self.attribute] = value
        elif isinstance(self.owner, types.CellType):
            self.owner.cell_contents = value
        elif self.attribute not in ("__defaults__", "args"):  # no code changes these
            object.__setattr__(self.owner, self.attribute, value)  # a dataclass may be frozen

    def fill(self, value: Any) -> None:
        """Puts a copy there: into what is there where that can take it, since others may hold it too."""
        present = self.value()
        kind = in_place.container(value)
        if in_place.takes(present, kind, getattr(value, "maxlen", None)):
            in_place.refill(present, value)
        elif not in_place.put(present, value):
            self.set(value)


def held(given: Any) -> Iterator[tuple[str, Any]]:
    """(path, value) of what can be reached from an argument of `fit`, the argument included."""
    yield "", given
    if isinstance(given, (tuple, list)):
        parts = {f"[{number}]": part for number, part in enumerate(given)}
    elif _is_loader(given):
        parts = {name: getattr(given, name) for name in (*OF_A_LOADER, "generator", "collate_fn")}
    else:
        parts = {"": given} if _has_state(given) else {}
    for name, part in parts.items():
        yield name, part
        if _has_state(part):
            for path, place in _walk(part, name, frozenset(), set(), 0):
                yield path, place.value()


def _has_state(value: Any) -> bool:
    functions = (types.FunctionType, types.MethodType, functools.partial)
    return isinstance(value, functions) or objects.is_a_persons(value)


def _is_loader(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.utils.data.DataLoader)


class _Variables(dict[str, Any]):
    """The variables of a layer that the data holds, by number."""

    def __init__(self, layer: keras.Layer) -> None:
        super().__init__((str(number), one) for number, one in enumerate(layer.variables))


class DataObjectState:
    """What an object holds that changes while training runs."""

    def __init__(self, owner: Any, *, ignored: frozenset[str] = frozenset()) -> None:
        self._owner, self._ignored = owner, ignored
        self._changed: set[str] = set()
        places = self._places()
        self._streams = [
            path for path, one in places.items() if random_generators.is_stream(one.value())
        ]
        self._prints = {
            path: _print(one.value()) for path, one in places.items() if _plain(one.value())
        }
        self._large = {
            path: _sample(value)
            for path, one in places.items()
            if isinstance(value := one.value(), np.ndarray) and value.nbytes > _LARGE
        }
        self._too_large: set[str] = set()
        self._unlooked = True

    @property
    def has_streams(self) -> bool:
        """Whether the object has random generators of its own."""
        return bool(self._streams)

    def doubts(self, owner: str) -> list[Finding]:
        """Of arrays that changed, as a sample of them shows, but are too large to be saved.

        Args:
            owner: what messages call the object.
        """
        return [
            Finding(
                what=f"{owner}.{path}",
                verdict="lost",
                detail=f"it changes in training, and is not saved, since it has more than "
                f"{_LARGE >> 20} MiB. Keep what changes apart from it: an array of indices, say",
            )
            for path in sorted(self._too_large)
        ]

    def roots(self) -> Iterator[tuple[str, Any]]:
        """(path, value) of everything that is looked at."""
        for path, place in self._places().items():
            yield path, place.value()

    def changed(self) -> None:
        """Code of the object ran: anything in it may be new."""
        self._unlooked = True

    def streams(self) -> dict[str, Any]:
        """The states of its random generators."""
        places = self._places()
        return {
            path: random_generators.state_of(places[path].value())
            for path in self._streams
            if path in places and random_generators.is_stream(places[path].value())
        }

    def put_streams(self, states: dict[str, Any]) -> None:
        """Puts such states back."""
        places = self._places()
        for path, state in states.items():
            if path in places and random_generators.is_stream(places[path].value()):
                random_generators.put(places[path].value(), state)

    def capture(self, streams: dict[str, Any] | None = None) -> dict[str, Any]:
        """What changed since the object was made.

        Args:
            streams: states of its random generators to keep instead of the present ones.
        """
        places = self._places()
        for path, place in places.items():
            if path in self._streams or path in self._changed:
                continue
            value = place.value()
            if _size(value) > _SMALL and not self._unlooked:
                continue
            if _plain(value) and _print(value) != self._prints.get(path):
                self._changed.add(path)
        if self._unlooked:
            for path, sample in self._large.items():
                value = places[path].value() if path in places else None
                if isinstance(value, np.ndarray) and _sample(value) != sample:
                    self._too_large.add(path)
        self._unlooked = False
        return {
            "identity": True,
            "streams": self.streams() if streams is None else streams,
            "attributes": {
                path: places[path].value()
                for path in sorted(self._changed & places.keys())
                if _plain(places[path].value())
            },
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Puts a captured state back, in place where others may hold what is changed."""
        self.put_streams(state["streams"])
        for path, value in state["attributes"].items():
            self._changed.add(path)
            place = self._places().get(path)
            if place is None:
                parent, _, attribute = path.rpartition(".")
                place = Place(self._within(parent), attribute)
            present = place.value()
            if _is_same(present, value):
                continue  # the decoder filled the very object
            if "identity" in state:
                place.set(value)
                continue
            # A checkpoint of before objects had names: whether it was the same object is not told.
            place.fill(value)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Undoes what code within the block changes, but for random generators and large values."""
        before = {
            path: copy.deepcopy(value)
            for path, place in self._places().items()
            if path not in self._streams
            and _size(value := place.value()) <= _SMALL
            and _plain(value)
        }
        yield
        places = self._places()
        for path, value in before.items():
            place = places.get(path)
            present = None if place is None else place.value()
            if place is None or (_plain(present) and _print(present) == _print(value)):
                continue
            place.fill(value)

    @property
    def changed_names(self) -> list[str]:
        """Paths of what has changed since the object was made."""
        return sorted(self._changed)

    def _within(self, path: str) -> Any:
        """The object at a path."""
        if not path:
            return self._owner
        return self._places()[path].value()

    def _places(self) -> dict[str, Place]:
        return dict(_walk(self._owner, "", self._ignored, set(), 0))


def _walk(
    owner: Any, path: str, ignored: frozenset[str], seen: set[int], depth: int
) -> Iterator[tuple[str, Place]]:
    if id(owner) in seen or depth > _DEEPEST:
        return
    seen.add(id(owner))
    for name, place in _held(owner):
        if depth == 0 and name in ignored:
            continue
        value = place.value()
        here = f"{path}.{name}" if path else name
        if isinstance(value, (types.FunctionType, types.MethodType, functools.partial)):
            yield from _walk(value, here, ignored, seen, depth + 1)
        elif objects.is_a_persons(value):
            yield here, place
            yield from _walk(value, here, ignored, seen, depth + 1)
        elif isinstance(value, keras.Model):
            continue  # the one that is trained, as a rule; its state is kept with it
        elif isinstance(value, keras.Layer):
            for number, _ in enumerate(value.variables):
                yield f"{here}.variables[{number}]", Place(_Variables(value), str(number))
        elif not isinstance(value, (type, types.ModuleType)):
            yield here, place


def _held(owner: Any) -> Iterator[tuple[str, Place]]:
    """What one object holds, by name."""
    if isinstance(owner, types.MethodType):
        yield "self", Place(owner, "__self__")
        yield "function", Place(owner, "__func__")
    elif isinstance(owner, functools.partial):
        yield "func", Place(owner, "func")
        yield "args", Place(owner, "args")
        for name in owner.keywords:
            yield name, Place(owner.keywords, name)
    elif isinstance(owner, types.FunctionType):
        for name, cell in zip(owner.__code__.co_freevars, owner.__closure__ or (), strict=True):
            yield name, Place(cell, "cell_contents")
        yield "defaults", Place(owner, "__defaults__")
        yield from (
            (name, Place(owner.__kwdefaults__, name)) for name in owner.__kwdefaults__ or ()
        )
        for name in _globals(owner.__code__):
            if name in owner.__globals__:
                yield f"globals.{name}", Place(owner.__globals__, name)
    else:
        yield from ((name, Place(owner, name)) for name in objects.attributes(owner))


def _is_same(present: Any, value: Any) -> bool:
    """Whether it is the very object, or a tuple of the very objects."""
    if isinstance(present, tuple) and isinstance(value, tuple) and len(present) == len(value):
        return all(map(_is_same, present, value))
    return present is value


def _globals(code: types.CodeType) -> Iterator[str]:
    """Names that code, and code within it, may take from its module."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _globals(constant)


def _plain(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return not value.dtype.hasobject and value.nbytes <= _LARGE
    if isinstance(value, list | tuple) and _size(value) > _SMALL:
        return all(type(one) in (int, float, str, bool) for one in value)
    try:
        Encoder([], value, keep=False).encode(value)
    except NotPlainError:
        return False
    return True


def _size(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return value.nbytes
    nbytes = getattr(value, "nbytes", None)
    if isinstance(nbytes, int):
        return nbytes
    return 16 * len(value) if isinstance(value, (list, tuple, dict, set, str, bytes)) else 0


def _sample(value: Any) -> int:
    """A fingerprint of some of an array's items, wherever they lie."""
    value = np.atleast_1d(value)
    rows = value[:: max(1, len(value) // 64)]
    items = rows.reshape(len(rows), -1)
    some = np.ascontiguousarray(items[:, :: max(1, items.shape[1] // 64)])
    return zlib.crc32(some.view(np.uint8).reshape(-1).data)


def _print(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return zlib.crc32(np.ascontiguousarray(value).view(np.uint8).reshape(-1).data)
    if random_generators.is_stream(value):
        return 0
    if _size(value) > _SMALL:  # encoding a million file names takes seconds
        return zlib.crc32(repr(value).encode())
    arrays: list[Array] = []
    text = repr(Encoder(arrays, value, keep=False).encode(value)).encode()
    for one in arrays:
        text += np.ascontiguousarray(one).tobytes()
    return zlib.crc32(text)
