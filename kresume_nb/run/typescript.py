"""Generates `labextension/src/protocol.ts` from `run/records/`.

python -m kresume_nb.run.typescript labextension/src/protocol.ts
"""

from __future__ import annotations

import inspect
import sys
import types
import typing
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from kresume_nb.run import records

HEAD = """\
// Generated from kresume_nb/run/records/ by `make protocol`. Do not edit.

/** A number as JSON can hold it; `runs/codec.ts` turns it into a number. */
export type Num = number | 'NaN' | 'Infinity' | '-Infinity';
"""


def generate() -> str:
    """The whole text of `protocol.ts`."""
    blocks = [
        HEAD,
        f"export const SCHEMA = {records.SCHEMA};\n",
        f"export const MIME = '{records.Bundle.mime}';\n",
        f"export const ASK_MIME = '{records.Ask.mime}';\n",
        f"export const COMPARE_MIME = '{records.CompareBundle.mime}';\n",
        f"export type Status = {_type(records.Status)};\n",
        f"export type Direction = {_type(records.Direction)};\n",
        f"export type CompareAxis = {_type(records.CompareAxis)};\n",
    ]
    kinds = (*records.PARTS, *records.EVENTS, *records.DOCUMENTS, *records.MESSAGES)
    blocks += [_interface(kind) for kind in kinds]
    names = " | ".join(kind.__name__ for kind in records.EVENTS)
    blocks.append(f"/** A line of `journal.jsonl`. */\nexport type JournalEvent = {names};\n")
    return "\n".join(blocks)


def _interface(kind: type) -> str:
    hints = typing.get_type_hints(kind)
    lines = [f"/** {_first_line(kind)} */", f"export interface {kind.__name__} {{"]
    tag = hints.get("type")
    if typing.get_origin(tag) is ClassVar:
        lines.append(f"  type: {_type(typing.get_args(tag)[0])};")
    lines += [f"  {item.name}: {_type(hints[item.name])};" for item in fields(kind)]
    return "\n".join([*lines, "}\n"])


def _first_line(kind: type) -> str:
    return (inspect.getdoc(kind) or kind.__name__).splitlines()[0]


def _type(hint: Any) -> str:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    simple = {int: "number", float: "Num", str: "string", bool: "boolean", Any: "unknown"}
    if hint in simple:
        return simple[hint]
    if hint is type(None):
        return "null"
    if origin is types.UnionType or origin is typing.Union:
        return " | ".join(_type(arg) for arg in args)
    if origin is list:
        return f"{_type(args[0])}[]"
    if origin is dict:
        return f"Record<string, {_type(args[1])}>"
    if origin is Literal:
        return " | ".join(f"'{arg}'" for arg in args)
    if is_dataclass(hint):
        return typing.cast(type, hint).__name__
    raise TypeError(f"no TypeScript type for {hint!r}")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(generate(), encoding="utf-8")
