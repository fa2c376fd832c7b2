"""Generates the page's side of `run/records/`: types, and decoders that read what the kernel reads.

python -m kresume_nb.run.typescript labextension/src

writes `protocol.ts` and `runs/decoders.ts` there. A decoder has the verdict of `run/codec.py`: what is
refused here is refused there (`tests/golden/malformed.json`).
"""

from __future__ import annotations

import inspect
import json
import sys
import types
import typing
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from kresume_nb.run import codec, layout, records

PROTOCOL, DECODERS = "protocol.ts", "runs/decoders.ts"
HEAD = """\
// Generated from kresume_nb/run/records/ by `make protocol`. Do not edit.

/** A number as JSON can hold it; `runs/decoders.ts` turns it into a number. */
export type Num = number | 'NaN' | 'Infinity' | '-Infinity';
"""


KINDS = (*records.PARTS, *records.EVENTS, *records.DOCUMENTS, *records.MESSAGES)


def protocol() -> str:
    """The whole text of `protocol.ts`."""
    blocks = [
        HEAD,
        f"export const SCHEMA = {records.SCHEMA};\n",
        f"export const MIME = '{records.Bundle.mime}';\n",
        f"export const ASK_MIME = '{records.Ask.mime}';\n",
        f"export const COMPARE_MIME = '{records.CompareBundle.mime}';\n",
        _files(),
        f"export type Status = {_type(records.Status)};\n",
        f"export type Direction = {_type(records.Direction)};\n",
        f"export type CompareAxis = {_type(records.CompareAxis)};\n",
    ]
    blocks += [_interface(kind) for kind in KINDS]
    names = " | ".join(kind.__name__ for kind in records.EVENTS)
    blocks.append(f"/** A line of `journal.jsonl`. */\nexport type JournalEvent = {names};\n")
    return "\n".join(blocks)


def _files() -> str:
    names = {name: getattr(layout, name) for name in _NAMES}
    lines = [f"  {name.lower()}: '{value}'" for name, value in names.items()]
    return "/** Names in a run folder; `control` and `attempt` are how such names begin. */\n" + (
        "export const FILES = {\n" + ",\n".join(lines) + "\n} as const;\n"
    )


_NAMES = ("HEADER", "JOURNAL", "HISTORY", "HEARTBEAT", "CHECKPOINTS", "MARKS", "CONTROL", "ATTEMPT")


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


def decoders() -> str:
    """The whole text of `runs/decoders.ts`."""
    ordered: list[type] = []
    for kind in KINDS:
        ordered += [one for one in _with_parts(kind) if one not in ordered]
    blocks = [_decoder(kind) for kind in ordered]
    body = "\n".join(blocks)
    names = ",\n".join(f"  {name}" for name in sorted(kind.__name__ for kind in KINDS))
    events = "\n".join(f"  {_tag(kind)}: {_variable(kind)}," for kind in records.EVENTS).rstrip(",")
    return (
        "// Generated from kresume_nb/run/records/ by `make protocol`. Do not edit.\n"
        f"import type {{\n  JournalEvent,\n{names}\n}} from '../protocol';\n"
        "import { anything } from './limits';\n"
        "import type { Decoded, Reader } from './values';\n"
        f"import {{ {', '.join(_VALUES)} }} from './values';\n\n"
        f"{body}\n"
        "/** The events of a journal, by their type. */\n"
        "export const EVENTS: {\n"
        "  [Kind in JournalEvent['type']]: Reader<Decoded<Extract<JournalEvent, { type: Kind }>>>;\n"
        f"}} = {{\n{events}\n}};\n"
    )


_VALUES = (
    "dict",
    "flag",
    "int",
    "list",
    "maybe",
    "num",
    "nums",
    "oneOf",
    "otherwise",
    "record",
    "text",
)


def _with_parts(kind: type) -> Iterator[type]:
    """A record after those that it holds."""
    for hint in typing.get_type_hints(kind).values():
        for part in _records_in(hint):
            yield from _with_parts(part)
    yield kind


def _records_in(hint: Any) -> Iterator[type]:
    if is_dataclass(hint):
        yield typing.cast(type, hint)
    for argument in typing.get_args(hint):
        yield from _records_in(argument)


def _decoder(kind: type) -> str:
    hints = typing.get_type_hints(kind)
    lines = [f"/** {_first_line(kind)} */"]
    lines.append(f"export const {_variable(kind)} = record<Decoded<{kind.__name__}>>({{")
    if _tag(kind) is not None:
        lines.append(f"  type: oneOf('{_tag(kind)}'),")
    lines += [f"  {item.name}: {_field(item, hints[item.name])}," for item in fields(kind)]
    lines[-1] = lines[-1].rstrip(",")
    return "\n".join([*lines, "});\n"])


def _variable(kind: type) -> str:
    return kind.__name__[0].lower() + kind.__name__[1:]


def _tag(kind: type) -> str | None:
    return getattr(kind, "type", None)


def _field(item: Field[Any], hint: Any) -> str:
    if item.default is not MISSING:
        missing = item.default
    elif item.default_factory is not MISSING:
        missing = item.default_factory()
    else:
        return _reader(hint)
    return f"otherwise({_reader(hint)}, {json.dumps(codec.plain(missing))})"


def _reader(hint: Any) -> str:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    simple = {int: "int", float: "num", str: "text", bool: "flag", Any: "anything"}
    if hint in simple:
        return simple[hint]
    if origin is types.UnionType or origin is typing.Union:
        return f"maybe({_reader(next(arg for arg in args if arg is not type(None)))})"
    if origin is list:
        return "nums" if args[0] is float else f"list({_reader(args[0])})"
    if origin is dict:
        return f"dict({_reader(args[1])})"
    if origin is Literal:
        return f"oneOf({', '.join(repr(arg) for arg in args)})"
    if is_dataclass(hint):
        return _variable(typing.cast(type, hint))
    raise TypeError(f"no decoder for {hint!r}")


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for name, text in ((PROTOCOL, protocol()), (DECODERS, decoders())):
        (folder / name).write_text(text, encoding="utf-8")
