"""A run as a comparison reads it."""

from __future__ import annotations

from pathlib import Path

from kresume_nb.errors import CorruptRecordError, NewerSchemaError, RunNotFoundError
from kresume_nb.run.marks import read_marks
from kresume_nb.run.reader import read_header
from kresume_nb.run.records import Compared
from kresume_nb.run.run_state import read_state


def read_compared(path: Path) -> Compared:
    """What a comparison reads of a run; why it cannot be read, if so."""
    key = path.absolute().as_posix()
    try:
        header, standing = read_header(path), read_state(path)
    except (CorruptRecordError, NewerSchemaError, RunNotFoundError, OSError) as error:
        return Compared(key=key, header=None, summary=None, history={}, problem=str(error))
    return Compared(
        key=key,
        title=_title(path),
        header=header,
        summary=standing.summary,
        history=standing.history,
    )


def _title(path: Path) -> str:
    try:
        return read_marks(path).title
    except (CorruptRecordError, NewerSchemaError, OSError):
        return ""
