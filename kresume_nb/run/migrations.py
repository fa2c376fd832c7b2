"""Brings documents of older schema versions up to today's, one ordered step at a time.

To change the meaning of a field: raise `records.SCHEMA`, add the step from the old version here,
and keep a golden run folder of the old version in `tests/golden`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kresume_nb.errors import CorruptRecordError, NewerSchemaError
from kresume_nb.run.records import SCHEMA

STEPS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""From version n to n + 1. Empty: version 1 is the first."""


def migrate(document: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """The document in today's schema.

    Raises:
        NewerSchemaError: if a newer kresume_nb wrote it. Nothing is changed on disk.
        CorruptRecordError: if it does not say its version.
    """
    version = document.get("schema")
    if type(version) is not int or version < 1:
        raise CorruptRecordError(
            f"{path} does not say its schema version. Received: {version!r}. "
            f"Expected a number from 1 to {SCHEMA}."
        )
    if version > SCHEMA:
        raise NewerSchemaError(
            f"{path} has schema version {version}, this kresume_nb reads up to {SCHEMA}. "
            "It was written by a newer version; update with `pip install -U kresume_nb`. "
            "The folder was left untouched."
        )
    data = dict(document)
    for step in range(version, SCHEMA):
        data = STEPS[step](data) | {"schema": step + 1}
    return data
