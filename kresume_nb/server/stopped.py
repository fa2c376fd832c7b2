"""Runs that nobody is behind any more although their cell is not done: what a resume by itself starts from.

The page's twins are `isStopped` and `brokeOff` in `labextension/src/banner`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import filelock

from kresume_nb.errors import KResumeError
from kresume_nb.run import attempts, limits
from kresume_nb.run.ownership import same_origin
from kresume_nb.run.reader import candidates, read_header, read_journal
from kresume_nb.run.records import Header
from kresume_nb.run.run_state import read_state
from kresume_nb.run.writer import lock
from kresume_nb.server.newest import newest

_BESIDE = 20
"""Newest runs beside one that finished which are asked whether its cell went on; as many as a page reads."""

HasEnded = Callable[[str, float], bool]
"""Whether the process ended that was behind a kernel's id at that time."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """A run that nobody is behind any more, and the notebook that it belongs to."""

    path: Path
    header: Header
    since: float
    """When its switch was turned on."""
    step: int
    checkpoint: str
    known: list[attempts.KnownAttempt]
    broke_off: bool = False
    """It finished, and its kernel ended before the cell that trained it did."""


def find_stopped(path: Path, since: float, ended: HasEnded) -> Stopped | None:
    """The run, if training stopped in it or between it and the next of its cell; else None."""
    try:
        held: filelock.BaseFileLock = lock(path)  # of a run that is trained, no more is looked at
        held.release()
        files = attempts.in_folder(path)  # before the journal
        header = read_header(path, limits.HEADER_AT_ONCE)
        fold = read_journal(path, keep_steps=False).fold
        broke_off = fold.status == "finished" and _broke_off(path, header, ended)
        if fold.start is None or not (fold.status == "running" or broke_off):
            return None
        found = candidates(path, fold)
    except (KResumeError, OSError):
        return None  # being made, deleted, or damaged
    if not found:
        return None
    known = attempts.merged(files, fold.attempts)
    at, file = found[0].position.step, found[0].path.name
    return Stopped(path, header, since, at, file, known, broke_off=broke_off)


def _broke_off(path: Path, header: Header, ended: HasEnded) -> bool:
    """Whether the cell of a finished run was neither completed nor ended by an error, nor trained on."""
    if not header.execution or header.execution_complete or header.execution_failed:
        return False
    kernel = header.writer.kernel
    if kernel is None or not ended(kernel, header.writer.started):
        return False
    beside = newest(path.parent, path.parent, _BESIDE)
    return not any(_went_on(header, path.parent / name) for name in beside if name != path.name)


def _went_on(header: Header, beside: Path) -> bool:
    """Whether another run tells more of how far the cell is than the one with this header."""
    try:
        other = read_header(beside, limits.HEADER_AT_ONCE)
        if not same_origin(header, other):
            return False
        if other.writer.started > header.writer.started:
            return True
        return (
            other.execution == header.execution and read_state(beside).summary.status != "finished"
        )
    except (KResumeError, OSError):
        return False
