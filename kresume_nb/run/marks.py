"""What a person said of a run, and what that keeps from being deleted."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kresume_nb.errors import CorruptRecordError, NewerSchemaError
from kresume_nb.run import codec, layout, limits
from kresume_nb.run.migrations import migrate
from kresume_nb.run.records import Marks


def read_marks(run: Path) -> Marks:
    """`marks.json` of a run; no marks if there is none.

    Raises:
        CorruptRecordError: if it does not decode (a page may be writing it right now).
        UnsafeFileError: if it is a link, or no file.
        NewerSchemaError: if a newer version wrote it.
    """
    path = run / layout.MARKS
    try:
        data = codec.read(path, limits.MARKS)
    except FileNotFoundError:
        return Marks()
    return codec.decode(Marks, migrate(data, path))


def pinned(run: Path, files: Iterable[str]) -> set[str]:
    """Which of these checkpoints must stay. All of them where the marks cannot be read."""
    there = set(files)
    try:
        return there & set(read_marks(run).checkpoints)
    except (CorruptRecordError, NewerSchemaError, OSError):
        return there
