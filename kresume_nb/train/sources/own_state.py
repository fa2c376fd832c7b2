"""What a user's data object itself remembers: shuffled indices, counters, random generators.

Told by watching its attributes: what never changed is how it was made, and running the notebook's
cells makes it so again. Attributes of some size are looked at only when a hook of the object has run,
since looking costs a pass over their bytes.
"""

from __future__ import annotations

import random
import zlib
from typing import Any

import numpy as np

from kresume_nb.train.plain import Array, Encoder, NotPlainError

_SMALL = 1 << 16
_LARGE = 1 << 28
"""Bytes: beyond the first, an attribute is looked at only after a hook; beyond the second, never."""


class OwnState:
    """The plain attributes of an object that change while training runs."""

    def __init__(self, owner: Any, *, ignored: frozenset[str]) -> None:
        self._owner, self._ignored = owner, ignored
        self._changed: set[str] = set()
        self._streams = [name for name, value in self._attributes().items() if _stream(value)]
        self._prints = {name: _print(value) for name, value in self._attributes().items()}
        self._unlooked = True

    @property
    def has_streams(self) -> bool:
        """Whether the object has random generators of its own."""
        return bool(self._streams)

    def changed(self) -> None:
        """A hook of the object ran: anything in it may be new."""
        self._unlooked = True

    def streams(self) -> dict[str, Any]:
        """The states of its random generators."""
        return {name: _state(getattr(self._owner, name)) for name in self._streams}

    def put_streams(self, states: dict[str, Any]) -> None:
        """Puts such states back."""
        for name, state in states.items():
            _set_state(getattr(self._owner, name), state)

    def capture(self, streams: dict[str, Any] | None = None) -> dict[str, Any]:
        """What changed since the object was made.

        Args:
            streams: states of its random generators to keep instead of the present ones.
        """
        for name, value in vars(self._owner).items():
            if name in self._ignored or name in self._streams or name in self._changed:
                continue
            if _size(value) > _SMALL and not self._unlooked:
                continue
            if _plain(value) and _print(value) != self._prints.get(name):
                self._changed.add(name)
        self._unlooked = False
        present = vars(self._owner)
        return {
            "streams": self.streams() if streams is None else streams,
            "attributes": {name: present[name] for name in sorted(self._changed & set(present))},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Puts a captured state back; arrays are changed in place, where others may hold them."""
        self.put_streams({k: v for k, v in state["streams"].items() if k in self._streams})
        for name, value in state["attributes"].items():
            present = getattr(self._owner, name, None)
            self._changed.add(name)
            if (
                isinstance(present, np.ndarray)
                and isinstance(value, np.ndarray)
                and (present.shape, present.dtype) == (value.shape, value.dtype)
                and present.flags.writeable
            ):
                present[...] = value
            elif type(present) is list and type(value) is list:
                present[:] = value
            else:
                setattr(self._owner, name, value)

    @property
    def changed_names(self) -> list[str]:
        """Attributes that have changed since the object was made."""
        return sorted(self._changed)

    def _attributes(self) -> dict[str, Any]:
        return {
            name: value
            for name, value in vars(self._owner).items()
            if name not in self._ignored and (_stream(value) or _plain(value))
        }


def _stream(value: Any) -> bool:
    return isinstance(value, np.random.Generator | np.random.RandomState | random.Random)


def _state(stream: Any) -> Any:
    if isinstance(stream, np.random.Generator):
        return dict(stream.bit_generator.state)
    if isinstance(stream, np.random.RandomState):
        return dict(stream.get_state(legacy=False))
    return stream.getstate()


def _set_state(stream: Any, state: Any) -> None:
    if isinstance(stream, np.random.Generator):
        stream.bit_generator.state = state
    elif isinstance(stream, np.random.RandomState):
        stream.set_state(state)
    else:
        stream.setstate(state)


def _plain(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return not value.dtype.hasobject and value.nbytes <= _LARGE
    if isinstance(value, list | tuple) and _size(value) > _SMALL:
        return all(type(one) in (int, float, str, bool) for one in value)
    try:
        Encoder([], value).encode(value)
    except NotPlainError:
        return False
    return True


def _size(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return value.nbytes
    return 16 * len(value) if hasattr(value, "__len__") else 0


def _print(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return zlib.crc32(np.ascontiguousarray(value).view(np.uint8).reshape(-1).data)
    if _stream(value):
        return 0
    if _size(value) > _SMALL:  # encoding a million file names takes seconds
        return zlib.crc32(repr(value).encode())
    arrays: list[Array] = []
    text = repr(Encoder(arrays, value).encode(value)).encode()
    for one in arrays:
        text += np.ascontiguousarray(one).tobytes()
    return zlib.crc32(text)
