"""The objects that a callback holds besides plain values, each under the path that leads to it.

A file may not name a class to be made, so objects are never made from a checkpoint. They are found:
running the notebook's cells makes them again, at the same path, and what a checkpoint keeps of them
is put into them there. Four kinds are told apart:

* *fields*: dataclasses, namespaces, callbacks within callbacks, and objects of a class that a person
  wrote (in the notebook, in a module beside it, in that of the callback). Their attributes are state as the callback's are.
* *variables*: Keras layers, metrics, optimizers, variables. Their values are state.
* *again*: functions, classes, locks, threads, loggers, weak references and the like. The notebook
  makes them; nothing of them is state.
* *opaque*: all else, an open file for example. What is in them cannot be kept.
"""

from __future__ import annotations

import contextvars
import dataclasses
import functools
import logging
import re
import sys
import threading
import types
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np

from kresume_nb.train.state.encoding import is_plain_leaf

Kind = Literal["fields", "variables", "again", "opaque"]

NOT_STATE = frozenset({"model", "_model", "params", "validation_data"})
"""What Keras gives every callback."""

_WITH_VARIABLES: tuple[type, ...] = (
    keras.Variable,
    keras.Layer,
    keras.Metric,
    keras.optimizers.Optimizer,
    keras.random.SeedGenerator,
)
_AGAIN: tuple[type, ...] = (
    type,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.ModuleType,
    functools.partial,
    type(threading.Lock()),
    type(threading.RLock()),
    threading.Condition,
    threading.Event,
    threading.Thread,
    threading.local,
    Executor,
    contextvars.ContextVar,
    logging.Logger,
    logging.LoggerAdapter,
    logging.Handler,
    weakref.ref,
    weakref.WeakKeyDictionary,
    weakref.WeakValueDictionary,
    weakref.WeakSet,
    re.Pattern,
    keras.losses.Loss,
    keras.initializers.Initializer,
    keras.regularizers.Regularizer,
    keras.optimizers.schedules.LearningRateSchedule,
)
_SCALARS = frozenset({type(None), bool, int, float, str, bytes})


@dataclass(frozen=True, slots=True)
class Held:
    """An object that a callback holds."""

    path: str
    """What one would write after the callback to reach it: `tracker`, `parts[0].best`."""
    value: Any
    kind: Kind

    @property
    def name(self) -> str:
        """Of its class."""
        return class_name(self.value)

    def fields(self) -> dict[str, Any]:
        """Its attributes, where they are state."""
        if self.kind != "fields":
            return {}
        hidden = NOT_STATE if isinstance(self.value, keras.callbacks.Callback) else ()
        return {name: one for name, one in attributes(self.value).items() if name not in hidden}


def class_name(value: Any) -> str:
    """A class as it is called in messages: with its module, and told from others of its name."""
    return f"{type(value).__module__}.{type(value).__qualname__}"


def survey(
    callback: keras.callbacks.Callback,
    hidden: Iterable[str],
    others: Iterable[keras.callbacks.Callback] = (),
    known: Mapping[str, Held] | None = None,
) -> dict[str, Held]:
    """Everything but plain values that can be reached from a callback, by path.

    Args:
        hidden: attributes not to look into.
        others: callbacks whose state is kept on its own.
        known: an earlier survey; what it has keeps its path, wherever it is now.
    """
    return _Walk(callback, others, known or {}).run(frozenset(hidden))


class _Walk:
    def __init__(
        self,
        callback: keras.callbacks.Callback,
        others: Iterable[keras.callbacks.Callback],
        known: Mapping[str, Held],
    ) -> None:
        self._paths = {id(held.value): path for path, held in known.items()}
        self._callback = callback
        self._others = {id(callback), *map(id, others)}
        self._module = type(callback).__module__
        self._seen: set[int] = {id(callback)}
        self._found: dict[str, Held] = {}

    def run(self, hidden: frozenset[str]) -> dict[str, Held]:
        for name, value in attributes(self._callback).items():
            if name not in hidden and name not in NOT_STATE:
                self._visit(value, name)
        return self._found

    def _visit(self, value: Any, path: str) -> None:
        if is_plain_leaf(value) and not _is_variable(value):
            return
        if id(value) in self._seen:
            return
        self._seen.add(id(value))
        if isinstance(value, dict):
            items = ((f"[{key!r}]", item) for key, item in value.items())
        elif isinstance(value, (list, tuple, set, frozenset, deque)):
            items = ((f"[{number}]", item) for number, item in enumerate(value))
        else:
            held = self._enter(Held(self._paths.get(id(value), path), value, self._kind(value)))
            path = held.path
            items = ((f".{name}", item) for name, item in held.fields().items())
        for step, item in items:
            if type(item) not in _SCALARS:  # there may be a million of them
                self._visit(item, path + step)

    def _enter(self, held: Held) -> Held:
        """Notes an object; of two with one path, that which always had it keeps it."""
        other = self._found.get(held.path)
        if other is not None and id(held.value) not in self._paths:
            held = replace(held, path=held.path + "*")
        elif other is not None:
            self._found[other.path + "*"] = replace(other, path=other.path + "*")
        self._found[held.path] = held
        return held

    def _kind(self, value: Any) -> Kind:
        if id(value) in self._others or isinstance(value, _AGAIN):
            return "again"
        if _is_variable(value) or isinstance(value, _WITH_VARIABLES):
            return "variables"
        if _has_fields(value) and (
            dataclasses.is_dataclass(value)
            or isinstance(value, (types.SimpleNamespace, keras.callbacks.Callback))
            or type(value).__module__ == self._module
            or is_a_persons(value)
        ):
            return "fields"
        return "again" if callable(value) else "opaque"


def _is_variable(value: Any) -> bool:
    return isinstance(value, keras.Variable) or (
        keras.ops.is_tensor(value) and callable(getattr(value, "assign", None))
    )


def _has_fields(value: Any) -> bool:
    return hasattr(value, "__dict__") or any(_slots(type(value)))


def _slots(kind: type) -> Iterator[str]:
    for one in kind.__mro__:
        names = vars(one).get("__slots__", ())
        yield from (names,) if isinstance(names, str) else names


def attributes(value: Any) -> dict[str, Any]:
    """An object's own attributes, whether they live in a dict or in slots."""
    found = dict(getattr(value, "__dict__", {}))
    for name in _slots(type(value)):
        if name not in ("__dict__", "__weakref__") and hasattr(value, name):
            found[name] = getattr(value, name)
    return found


def is_a_persons(value: Any) -> bool:
    """Whether an object's class was written by a person, in the notebook or beside it.

    Not by a library: a module of the standard library, or one that was installed.
    """
    if isinstance(value, (type, *_WITH_VARIABLES, *_AGAIN)):
        return False
    return _of_a_person(type(value).__module__) and _has_fields(value)


@functools.lru_cache(maxsize=512)
def _of_a_person(module: str) -> bool:
    if module == "__main__":
        return True
    if module.partition(".")[0] in {*sys.stdlib_module_names, "kresume_nb"}:
        return False
    file = getattr(sys.modules.get(module), "__file__", None)
    if file is None:
        return False
    return not ({"site-packages", "dist-packages"} & set(Path(file).parts))


def variables(value: Any) -> list[Any]:
    """The variables of an object of the kind *variables*, in its own order."""
    if isinstance(value, keras.random.SeedGenerator):
        return [value.state]
    return [value] if _is_variable(value) else list(value.variables)


def same_place(path: str, value: Any, known: dict[str, Held]) -> bool:
    """Whether the notebook makes this object at this path, or one of its class to be filled.

    A function cannot be filled: another one at its place is another.
    """
    if path not in known:
        return False
    there = known[path]
    return there.value is value or (
        type(there.value) is type(value) and not (there.kind == "again" and callable(value))
    )


def paths_by_identity(*surveys: dict[str, Held]) -> Callable[[Any], str | None]:
    """Finds the path of an object; that of the first survey that has it."""
    places: dict[int, str] = {}
    for one in surveys:
        for path, held in one.items():
            places.setdefault(id(held.value), path)
    return lambda value: places.get(id(value))


def numpy_of(variable: Any) -> Any:
    """A copy of a variable's value."""
    return np.array(keras.ops.convert_to_numpy(variable))
