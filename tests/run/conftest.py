from __future__ import annotations

import importlib.util
import random
import types
import typing
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from kresume_nb.run import writer as run_writer


@pytest.fixture(scope="session")
def generate() -> types.ModuleType:
    """The module that wrote the golden folders: events and headers to build runs from."""
    return _golden("generate")


@pytest.fixture(scope="session")
def generate_malformed() -> types.ModuleType:
    """The module that wrote which malformed records are refused."""
    return _golden("malformed")


def _golden(name: str) -> types.ModuleType:
    path = Path(__file__).parents[1] / "golden" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"golden_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def open_writer(tmp_path):
    """Takes up runs for writing; lets go of them in the end."""
    opened = []

    def take_up(path: Path | None = None) -> run_writer.RunWriter:
        path = path or run_writer.new_folder(tmp_path / "kresume_runs", "mnist")
        opened.append(run_writer.RunWriter(path, run_writer.lock(path)))
        return opened[-1]

    yield take_up
    for one in opened:
        one.close()


_FLOATS = [0.0, -0.0, 1.0, -1.5, 0.1 + 0.2, 5e-324, 1.7976931348623157e308, 1e22, 2**53 + 1.0]
_FLOATS += [float("nan"), float("inf"), float("-inf")]
_TEXTS = [
    "",
    "loss",
    'quote " and \\',
    "line\nbreak",
    "Zürich 日本 🎉",
    "\u2028",
    "</script>",
    "NaN",
]


def _value(hint: Any, chance: random.Random) -> Any:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if is_dataclass(hint):
        return _record(hint, chance)
    if origin in (types.UnionType, typing.Union):
        return _value(chance.choice(args), chance)
    if origin is Literal:
        return chance.choice(args)
    if origin is list:
        return [_value(args[0], chance) for _ in range(chance.randrange(4))]
    if origin is dict:
        names = chance.sample(_TEXTS, chance.randrange(4))
        return {name: _value(args[1], chance) for name in names}
    return {
        int: lambda: chance.choice([0, 1, -7, 2**31, 2**53]),
        float: lambda: chance.choice(_FLOATS),
        str: lambda: chance.choice(_TEXTS),
        bool: lambda: chance.random() < 0.5,
        type(None): lambda: None,
        # What JSON has, but no float that is not finite: read back as Any, its name stays a name.
        Any: lambda: chance.choice([None, True, 3, 0.5, "x", [1, "y"], {"deep": {"er": [None]}}]),
    }[hint]()


def _record(kind: type, chance: random.Random) -> Any:
    hints = typing.get_type_hints(kind)
    return kind(**{item.name: _value(hints[item.name], chance) for item in fields(kind)})


@pytest.fixture(scope="session")
def some_record():
    """A record of a type, each field drawn from what is awkward for its type."""
    return lambda kind, seed: _record(kind, random.Random(f"{kind.__name__} {seed}"))
