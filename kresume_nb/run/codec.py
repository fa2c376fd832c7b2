"""Records to JSON and back, without loss: the one place that knows how numbers JSON lacks are kept.

A non-finite float is written as the string `"NaN"`, `"Infinity"` or `"-Infinity"` and read back as
a float wherever the record's field is a number. The TypeScript twin is `labextension/src/runs/codec.ts`;
golden run folders hold both to the same answer.
"""

from __future__ import annotations

import json
import math
import re
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from kresume_nb.errors import CorruptRecordError
from kresume_nb.run import files, limits
from kresume_nb.run.records import EVENTS, JournalEvent, Steps

Record = TypeVar("Record")

NON_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_EVENTS = {kind.type: kind for kind in EVENTS}  # type: ignore[attr-defined]


def dumps(record: Any) -> str:
    """One line of JSON (no newline) for a record, or for a plain structure that holds records."""
    data = plain(record)
    try:
        text = json.dumps(data, allow_nan=False, separators=(",", ":"), ensure_ascii=False)
    except ValueError:  # rare: some number is not finite
        data = finite(data)
        text = json.dumps(data, allow_nan=False, separators=(",", ":"), ensure_ascii=False)
    if not text.isascii() and _SURROGATE.search(text):  # which no file could hold
        text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return text


def finite(value: Any) -> Any:
    """The same structure with every non-finite float replaced by its name."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, Mapping):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value


def load_event(line: str | bytes) -> JournalEvent | None:
    """The event that a journal line holds; None if a newer version invented its type.

    Raises:
        CorruptRecordError: if it is no JSON object, says no type, or lacks a field.
    """
    data = parse(line)
    name = data.get("type")
    if not isinstance(name, str):
        raise CorruptRecordError(
            f"a journal line says no event type. Received: {str(name)[:80]!r}. "
            f"Expected one of {', '.join(sorted(_EVENTS))}."
        )
    kind = _EVENTS.get(name)
    if kind is None:
        return None
    event = typing.cast(JournalEvent, _build(kind, data))
    if isinstance(event, Steps):
        limits.check_steps(event.count, event.logs, event.learning_rate)
    return event


def loads(kind: type[Record], text: str | bytes) -> Record:
    """The record of type `kind` that a JSON document holds.

    Raises:
        CorruptRecordError: as `load_event`.
    """
    return decode(kind, parse(text))


def decode(kind: type[Record], data: Mapping[str, Any]) -> Record:
    """The record of type `kind` in an already parsed JSON object."""
    return typing.cast(Record, _build(kind, data))


def read(path: Path, most: int) -> dict[str, Any]:
    """The JSON object in a file of a run folder.

    Args:
        most: bytes that it may have.

    Raises:
        FileNotFoundError: if it is not there.
        UnsafeFileError: if it is a link, or no regular file.
        CorruptRecordError: if it is larger, or no JSON object; the message names it.
    """
    data = files.read(path, most)
    try:
        return parse(data)
    except CorruptRecordError as error:
        raise CorruptRecordError(f"{path}: {error}") from error


def plain(value: Any) -> Any:
    """Records as dicts, wherever they stand in a structure; an event says its type."""
    if is_dataclass(value) and not isinstance(value, type):
        data = {item.name: plain(getattr(value, item.name)) for item in fields(value)}
        kind = getattr(type(value), "type", None)
        return {"type": kind, **data} if isinstance(kind, str) else data
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple) and value and not isinstance(value[0], float | int | str):
        return [plain(item) for item in value]
    return value


def parse(text: str | bytes) -> dict[str, Any]:
    """A JSON object. Halves of surrogate pairs, which no text may hold, become U+FFFD.

    Raises:
        CorruptRecordError: if it is none.
    """
    try:
        string = text if isinstance(text, str) else text.decode()
        data: Any = json.loads(string)
    except (ValueError, RecursionError) as error:  # the latter: brackets without end
        raise CorruptRecordError(f"not JSON: {error}") from error
    if not isinstance(data, dict):
        raise CorruptRecordError(f"expected a JSON object, received {type(data).__name__}")
    if _ESCAPED_SURROGATE.search(string):
        return {_readable(name): _readable(item) for name, item in data.items()}
    return data


def _readable(value: Any) -> Any:
    """The same structure with every half of a surrogate pair replaced."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_readable(key): _readable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_readable(item) for item in value]
    return value


def _build(kind: type, data: Mapping[str, Any]) -> object:
    values: dict[str, Any] = {}
    for name, read, required in _readers(kind):
        if name in data:
            try:
                values[name] = read(data[name])
            except (TypeError, ValueError, AttributeError, OverflowError) as error:
                raise CorruptRecordError(
                    f"{kind.__name__}.{name} cannot be read from {str(data[name])[:80]!r}: {error}"
                ) from error
        elif required:
            raise CorruptRecordError(f"{kind.__name__} lacks the field {name!r}")
    return kind(**values)


@cache
def _readers(kind: type) -> tuple[tuple[str, Callable[[Any], Any], bool], ...]:
    hints = typing.get_type_hints(kind)
    return tuple(
        (
            item.name,
            _reader(hints[item.name]),
            item.default is MISSING and item.default_factory is MISSING,
        )
        for item in fields(kind)
    )


def _reader(hint: Any) -> Callable[[Any], Any]:
    """How a field of this type is read; a wrong JSON type raises TypeError or ValueError."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return _any
    if hint is float:
        return _float
    if origin is types.UnionType or origin is typing.Union:
        inner = [_reader(arg) for arg in args if arg is not type(None)]
        return lambda value: None if value is None else inner[0](value)
    if origin is list:
        item = _reader(args[0])
        if args[0] is float:
            return _floats
        if args[0] is int:
            return _ints
        return lambda value: [item(one) for one in _typed(list, value)]
    if origin is dict:
        item = _reader(args[1])
        return lambda value: {str(key): item(one) for key, one in _typed(dict, value).items()}
    if origin is Literal:
        return lambda value: _one_of(args, value)
    if is_dataclass(hint):
        return lambda value: _build(typing.cast(type, hint), _typed(dict, value))
    return lambda value: _typed(hint, value)


def _any(value: Any) -> Any:
    if isinstance(value, dict | list):
        limits.check_depth(value)
    return value


def _float(value: Any) -> float:
    if isinstance(value, str):
        return NON_FINITE[value] if value in NON_FINITE else _typed(float, value)
    if isinstance(value, bool):
        raise TypeError("expected a number, received a bool")
    return float(_typed((int, float), value))


def _floats(value: Any) -> list[float]:
    values = _typed(list, value)
    if set(map(type, values)) <= {float}:  # the usual case, at the speed of a scan
        return typing.cast(list[float], values)
    return [_float(one) for one in values]


def _ints(value: Any) -> list[int]:
    values = _typed(list, value)
    if set(map(type, values)) <= {int} and max(map(abs, values), default=0) < limits.INTEGER:
        return typing.cast(list[int], values)
    return [_typed(int, one) for one in values]


def _one_of(choices: tuple[Any, ...], value: Any) -> Any:
    if value not in choices:
        raise ValueError(f"expected one of {choices}")
    return value


def _typed(kind: Any, value: Any) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"expected {getattr(kind, '__name__', kind)}")
    if kind is int and abs(value) >= limits.INTEGER:
        raise ValueError("the number is too large")
    return value
