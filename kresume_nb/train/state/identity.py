"""Which object is which, across processes: the names of what the notebook makes before training.

Running the notebook's cells makes the same objects again. One that a callback, the model and the
data share is then one object again, and has to stay one: a checkpoint keeps its contents once, under
the path at which it is first met, and a resume puts them into the object at that path.

Paths begin with who holds an object: `callbacks.0.`, `model.`, `data.`.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any

from kresume_nb.run.records import Finding
from kresume_nb.train.state import in_place

MOST = 200_000
"""Containers that are looked into; there may be millions in a data set that is a list of lists."""

_SCALARS = frozenset({type(None), bool, int, float, str, bytes, complex})


class Names:
    """Names of the containers, arrays and random generators that can be reached.

    Args:
        roots: (path, value) of each attribute, in an order that only the code decides.
    """

    def __init__(self, roots: Iterable[tuple[str, Any]]) -> None:
        self._names: dict[int, str] = {}
        self._objects: dict[str, Any] = {}
        self._too_many: str | None = None
        """Where the limit was reached."""
        seen: set[int] = set()
        for path, value in roots:
            self._walk(path, value, seen)

    def _walk(self, path: str, value: Any, seen: set[int]) -> None:
        waiting = [(path, value)]
        while waiting:
            here, item = waiting.pop()
            if type(item) in _SCALARS or id(item) in seen:
                continue
            if len(seen) >= MOST:
                self._too_many = self._too_many or here
                return
            if in_place.is_mutable(item):
                seen.add(id(item))
                self._enter(here, item)
            elif isinstance(item, (tuple, frozenset)):
                seen.add(id(item))
            waiting.extend(reversed(_items(here, item)))

    def _enter(self, path: str, value: Any) -> None:
        while path in self._objects:
            path += "*"
        self._names[id(value)] = path
        try:  # not to hold memory of what training replaces
            self._objects[path] = weakref.ref(value)
        except TypeError:
            self._objects[path] = lambda: value

    def findings(self) -> list[Finding]:
        """Of what lies beyond the limit."""
        if self._too_many is None:
            return []
        detail = (
            f"more than {MOST:,} lists, dicts and arrays come before it: from there on they come back "
            "as new, equal objects, and what shared one with something else does so no longer"
        )
        return [Finding(what=self._too_many, verdict="approximate", detail=detail)]

    def name(self, value: Any) -> str | None:
        """The name of an object; None if it was not there when names were given."""
        found = self._names.get(id(value))
        return found if found is not None and self._objects[found]() is value else None

    def object(self, name: str) -> Any:
        """The object of a name; None if there is none, or not any more."""
        held = self._objects.get(name)
        return None if held is None else held()

    def items(self) -> Iterable[tuple[str, Any]]:
        """Names and objects."""
        return ((name, held()) for name, held in self._objects.items())


def _items(path: str, value: Any) -> list[tuple[str, Any]]:
    """What a container holds that may be a container itself."""
    if isinstance(value, dict):
        return [
            (f"{path}[{key!r}]", item) for key, item in value.items() if type(item) not in _SCALARS
        ]
    if in_place.container(value) is not None or isinstance(value, tuple):
        if isinstance(value, (set, frozenset)):
            return []  # what it holds can be hashed, so it does not change
        return [
            (f"{path}[{number}]", item)
            for number, item in enumerate(value)
            if type(item) not in _SCALARS
        ]
    return []


def replace(names: Names, owners: Iterable[Any], changes: Iterable[tuple[Any, Any]]) -> None:
    """Puts new objects in the place of old ones that could not take their contents.

    Args:
        names: of the objects, containers among them.
        owners: objects whose attributes may be an old one.
        changes: pairs of an old object and the new one.
    """
    new = {id(old): value for old, value in changes}
    if not new:
        return
    for owner in owners:
        for attribute, value in list(getattr(owner, "__dict__", {}).items()):
            if id(value) in new:
                object.__setattr__(owner, attribute, new[id(value)])
    for _, container in list(names.items()):
        if isinstance(container, dict):
            for key, item in list(container.items()):
                if id(item) in new:
                    container[key] = new[id(item)]
        elif isinstance(container, list):
            container[:] = [new.get(id(item), item) for item in container]
