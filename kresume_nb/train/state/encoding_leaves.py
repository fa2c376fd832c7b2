"""Values of the standard library that hold no others, as JSON: dates, paths, decimals, enumerations.

A member of an enumeration is kept as the names of its class and of itself. It is looked up, never
made: in a class that this session has already, and only if that is an enumeration.
"""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import fractions
import pathlib
import sys
import uuid
from collections.abc import Callable
from typing import Any

_Write = Callable[[Any], Any]
_Read = Callable[[Any], Any]


_KINDS: dict[type, tuple[str, _Write, _Read]] = {
    dt.datetime: (
        "$datetime",
        lambda one: [one.isoformat(), one.fold],
        lambda data: dt.datetime.fromisoformat(data[0]).replace(fold=data[1]),
    ),
    dt.date: ("$date", lambda one: one.isoformat(), dt.date.fromisoformat),
    dt.time: ("$time", lambda one: one.isoformat(), dt.time.fromisoformat),
    dt.timedelta: (
        "$timedelta",
        lambda one: [one.days, one.seconds, one.microseconds],
        lambda data: dt.timedelta(*data),
    ),
    decimal.Decimal: ("$decimal", str, decimal.Decimal),
    fractions.Fraction: ("$fraction", str, fractions.Fraction),
    uuid.UUID: ("$uuid", str, uuid.UUID),
    complex: (
        "$complex",
        lambda one: [one.real.hex(), one.imag.hex()],
        lambda data: complex(*map(float.fromhex, data)),
    ),
    range: ("$range", lambda one: [one.start, one.stop, one.step], lambda data: range(*data)),
    bytearray: ("$bytearray", lambda one: one.hex(), bytearray.fromhex),
    pathlib.PurePosixPath: ("$pureposixpath", str, pathlib.PurePosixPath),
    pathlib.PureWindowsPath: ("$purewindowspath", str, pathlib.PureWindowsPath),
    type(pathlib.Path()): ("$path", str, pathlib.Path),
}
_READERS = {tag: read for tag, _, read in _KINDS.values()}


def encode(value: Any) -> dict[str, Any] | None:
    """The value as JSON with a tag; None if it is of no kind that is known here."""
    if isinstance(value, enum.Enum):
        kind = type(value)
        return {"$enum": [kind.__module__, kind.__qualname__, value.name]} if value.name else None
    known = _KINDS.get(type(value))
    if known is None or _has_odd_zone(value):
        return None
    tag, write, _ = known
    return {tag: write(value)}


def reader(tag: str) -> Callable[[Any, Any], Any] | None:
    """What turns the JSON behind a tag into a value again."""
    if tag == "$enum":
        return lambda _, body: _member(*body)
    read = _READERS.get(tag)
    return None if read is None else lambda _, body: read(body)


def _has_odd_zone(value: Any) -> bool:
    """Whether a time has a zone that its text does not tell, as those of `zoneinfo`."""
    zone = getattr(value, "tzinfo", None)
    return zone is not None and not isinstance(zone, dt.timezone)


def _member(module: str, qualname: str, name: str) -> Any:
    found: Any = sys.modules.get(module)
    for part in qualname.split("."):
        found = getattr(found, "__dict__", {}).get(part)
    if not (isinstance(found, type) and issubclass(found, enum.Enum)) or name not in (
        members := found.__members__
    ):
        raise LookupError(f"{module}.{qualname}.{name}")
    return members[name]
