"""Writes `malformed.json`: each record with each field as it must not be, and which of that is refused.

    python tests/golden/malformed.py

The verdicts are the kernel's (`run/codec.py`); the page's decoders must give the same.
"""

from __future__ import annotations

import json
import typing
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Literal

from kresume_nb.errors import CorruptRecordError
from kresume_nb.run import codec
from kresume_nb.run.typescript import KINDS

HERE = Path(__file__).parent
VALUES: dict[str, Any] = {
    "null": None,
    "a text": "x",
    "a whole number": 3,
    "a negative one": -3,
    "one that is too large": 2**64,
    "a fraction": 1.5,
    "infinity": "Infinity",
    "a truth": True,
    "an empty list": [],
    "a list of texts": ["x"],
    "a list of whole numbers": [1, 2],
    "a list of numbers": [1.5, "NaN"],
    "a list of lists": [[1]],
    "a list of nulls": [None],
    "an empty object": {},
    "texts by name": {"a": "x"},
    "whole numbers by name": {"a": 1},
    "lists of numbers by name": {"a": [1.5]},
}
MISSING = "missing"


def made() -> dict[str, Any]:
    """The whole document."""
    return {"values": VALUES, "records": {kind.__name__: _record(kind) for kind in KINDS}}


def _record(kind: type) -> dict[str, Any]:
    whole = codec.plain(_build(kind))
    names = [item.name for item in fields(kind)]
    return {
        "whole": whole,
        "refused": {
            name: [one for one in (MISSING, *VALUES) if not _reads(kind, _with(whole, name, one))]
            for name in names
        },
    }


def _with(whole: dict[str, Any], name: str, what: str) -> dict[str, Any]:
    without = {key: value for key, value in whole.items() if key != name}
    return without if what == MISSING else {**without, name: VALUES[what]}


def _reads(kind: type, data: dict[str, Any]) -> bool:
    try:
        codec.loads(kind, json.dumps(data))
    except CorruptRecordError:
        return False
    return True


def _build(kind: type) -> Any:
    hints = typing.get_type_hints(kind)
    return kind(**{item.name: _value(hints[item.name]) for item in fields(kind)})


def _value(hint: Any) -> Any:
    """Something of that type."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    simple = {int: 1, float: 0.5, str: "a", bool: False, Any: None}
    if hint in simple:
        return simple[hint]
    if origin is Literal:
        return args[0]
    if origin is list:
        return [_value(args[0])]
    if origin is dict:
        return {"a": _value(args[1])}
    if is_dataclass(hint):
        return _build(typing.cast(type, hint))
    return _value(next(arg for arg in args if arg is not type(None)))


if __name__ == "__main__":
    document = made()
    records = ",\n".join(
        f"{json.dumps(name)}: {json.dumps(one)}" for name, one in document["records"].items()
    )
    values = json.dumps(document["values"])
    (HERE / "malformed.json").write_text(f'{{"values": {values},\n"records": {{\n{records}\n}}}}\n')
