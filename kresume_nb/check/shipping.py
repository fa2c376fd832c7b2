"""A function's source, and that of all that it uses, as a script that another process can run.

A process that trains must be a new one, started from nothing: a fork of one that has used TensorFlow
hangs. Functions and classes of the caller's module go as source, modules and what comes from other
modules as imports, plain values and arrays as values. Nothing is pickled.
"""

from __future__ import annotations

import ast
import base64
import inspect
import io
import json
import sys
import textwrap
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from kresume_nb.errors import ArgumentError
from kresume_nb.train.state.encoding import Encoder, NotPlainError

_HEAD = '''"""Written by kresume_nb to train a function's model in a process of its own."""
import base64 as _base64, io as _io, json as _json
import numpy as _numpy
from kresume_nb.train.state.encoding import Decoder as _Decoder


def _value(text, arrays):
    def array(number):
        return _numpy.load(_io.BytesIO(_base64.b64decode(arrays[number])), allow_pickle=False)
    return _Decoder(array).decode(_json.loads(text))


'''


def script(function: Callable[..., Any]) -> str:
    """A script that makes the function again and hands it to `trainee.run`.

    Raises:
        ArgumentError: if the source cannot be found, or a value it uses cannot be passed on.
    """
    shipped = _Shipment(function)
    name = shipped.add_root()
    body = "\n\n".join(shipped.parts)
    return f"{_HEAD}{body}\n\n\nfrom kresume_nb.check import trainee as _trainee\n\n_trainee.run({name})\n"


class _Shipment:
    def __init__(self, function: Callable[..., Any]) -> None:
        if not inspect.isfunction(function):
            raise ArgumentError(
                f"make is a {type(function).__name__}. Expected a function without arguments that "
                "returns (model, arguments)."
            )
        self._root = function
        self._module = function.__module__
        self.parts: list[str] = []
        self._done: dict[str, Any] = {}

    def add_root(self) -> str:
        """Ships the function; returns the name that it has in the script."""
        self._add(self._root.__name__, self._root)
        return self._root.__name__

    def _add(self, name: str, value: Any) -> None:
        if name in self._done:
            return
        self._done[name] = value
        if isinstance(value, types.ModuleType):
            self.parts.append(f"import {value.__name__} as {name}")
        elif isinstance(value, (type, types.FunctionType)) and value.__module__ == self._module:
            self._add_source(name, value)
        elif _importable(value):
            self.parts.append(f"from {value.__module__} import {value.__name__} as {name}")
        else:
            self._add_value(name, value)

    def _add_source(self, name: str, value: Any) -> None:
        try:
            source = textwrap.dedent(inspect.getsource(value))
        except (OSError, TypeError) as error:
            raise ArgumentError(
                f"The source of {value.__name__} cannot be found ({error}), so no other process can "
                "run it. Write it into a file or a notebook's cell."
            ) from None
        tree = _parsed(source, value)
        known = _reach(value)
        for used in _names(tree):
            if used in known and used != name:
                self._add(used, known[used])
        self.parts.append(source.rstrip())
        if value.__name__ != name:
            self.parts.append(f"{name} = {value.__name__}")

    def _add_value(self, name: str, value: Any) -> None:
        arrays: list[Any] = []
        try:
            text = json.dumps(Encoder(arrays, value).encode(value))
        except NotPlainError as error:
            raise ArgumentError(
                f"{self._root.__name__}() uses {name}, which holds {error}: it cannot be passed to "
                f"another process. Make it within {self._root.__name__}()."
            ) from None
        packed = [_packed(one) for one in arrays]
        self.parts.append(f"{name} = _value({text!r}, {packed!r})")


def _parsed(source: str, value: Any) -> ast.Module:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        tree = ast.Module([], [])
    if getattr(tree.body[0] if tree.body else None, "name", None) != value.__name__:
        raise ArgumentError(
            f"The source of {value.__name__} is not a def or class of its own: its file was changed "
            "since it was imported, or it is a lambda. Run it anew, or write it as a function."
        )
    return tree


def _packed(array: Any) -> str:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return base64.b64encode(file.getvalue()).decode()


def _importable(value: Any) -> bool:
    module = sys.modules.get(getattr(value, "__module__", None) or "")
    name = getattr(value, "__name__", "")
    return (
        module is not None
        and module.__name__ != "__main__"
        and isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType))
        and getattr(module, name, None) is value
    )


def _names(tree: ast.AST) -> list[str]:
    """Names that source reads, in order, each once."""
    found = (node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
    return list(dict.fromkeys(found))


def _reach(value: Any) -> dict[str, Any]:
    """What names mean where a function or class was written: its module, and its closures."""
    module = sys.modules.get(value.__module__)
    known: dict[str, Any] = dict(vars(module)) if module is not None else {}
    for function in _functions(value):
        known |= function.__globals__ if module is None else {}
        code = function.__code__
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            if name == "__class__":
                continue
            try:
                known[name] = cell.cell_contents
            except ValueError:  # not filled yet
                continue
    return known


def _functions(value: Any) -> list[types.FunctionType]:
    if isinstance(value, types.FunctionType):
        return [value]
    return [one for one in vars(value).values() if isinstance(one, types.FunctionType)]
