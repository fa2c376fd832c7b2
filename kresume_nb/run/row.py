"""A run in a list, read at the least cost: `history.json` tells all, the journal only its last events.

A run of a million steps has a journal of a hundred megabytes, a list has a thousand runs. The
history is rewritten about once a second and when training ends, so that only a killed run's journal
knows more, and only in its last lines.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from kresume_nb.errors import CorruptRecordError, NewerSchemaError, RunNotFoundError
from kresume_nb.run import codec, files, heartbeat, layout
from kresume_nb.run.fold import ORIGIN, Fold
from kresume_nb.run.marks import read_marks
from kresume_nb.run.metric_direction import best, checkpoints_direction, direction
from kresume_nb.run.reader import lines, read_header, read_journal
from kresume_nb.run.records import Direction, JournalEvent, Marks, RunRow, Summary
from kresume_nb.run.run_state import read_history

TRAIL = 48
"""Values that the small picture of the loss has at most."""

Curve = list[tuple[int, float]]
"""Epochs, and the value of a log at the end of each."""

_MOST = 2**24
"""Bytes of the journal that are read after what the history knows."""

_LONGEST = 1000
"""Characters of a text in a row."""

_END = 2**18
"""The same, where what it knows is not told or is too long ago."""


def read_row(run: Path, folder: str) -> RunRow:
    """The row of a run. One that cannot be read has a row that says why.

    Args:
        run: its folder on disk.
        folder: its address, which the row names it by.
    """
    try:
        return _row(run, folder)
    except (CorruptRecordError, NewerSchemaError, RunNotFoundError, OSError) as error:
        return unreadable(run, folder, str(error))


def _row(run: Path, folder: str) -> RunRow:
    header = read_header(run)
    curves, fold = _state(run)
    monitor, mode, value, epoch = _best(curves, fold)
    writer = header.writer
    if fold.start is not None and fold.start.writer.started > writer.started:
        writer = fold.start.writer
    begun = writer.started > fold.updated  # it took the run up, and nothing happened yet
    marks = _marks(run)
    return RunRow(
        folder=folder,
        name=run.name,
        title=clipped(marks.title),
        pinned=marks.pinned,
        notebook=None if header.notebook is None else clipped(header.notebook),
        created=header.created,
        updated=max(fold.updated, writer.started),
        status="running" if begun else fold.status,
        reason="" if begun else clipped(fold.reason),
        epochs=fold.epochs,
        batches=fold.batches or header.batches,
        position=fold.position,
        monitor=None if monitor is None else clipped(monitor),
        best=value,
        best_epoch=epoch,
        trail=thinned([value for _, value in curves.get("loss", [])]),
        checkpoints=len(fold.checkpoints),
        bytes=size(run),
        kernel=writer.kernel,
        began=writer.started,
        heartbeat=heartbeat.age(run),
        mode=mode,
    )


def _state(run: Path) -> tuple[dict[str, Curve], Fold]:
    """The metrics by epoch, and how the run stands."""
    try:
        written = files.info(run / layout.HISTORY).st_mtime
        standing = read_history(run)
    except FileNotFoundError:  # killed in its first second: the journal is short
        fold = read_journal(run, keep_steps=False).fold
        return _joined({}, fold), fold
    summary = standing.summary
    fold = Fold(
        status=summary.status,
        reason=summary.reason,
        epochs=summary.epochs,
        batches=summary.batches,
        position=summary.position,
        checkpoints=list(summary.checkpoints),
        resumes=list(summary.resumes),
        updated=summary.updated,
        monitor=summary.monitor,
        directions=dict(summary.directions),
        keep_steps=False,
    )
    journal = run / layout.JOURNAL
    if summary.status == "running" or files.info(journal).st_mtime > written:
        fold.feed(_later_events(journal, summary))
    curves = {
        name: list(zip(summary.lacking.get(name, summary.epoch), values, strict=False))
        for name, values in standing.history.items()
    }
    return _joined(curves, fold), fold


def _joined(curves: dict[str, Curve], fold: Fold) -> dict[str, Curve]:
    """The history's curves with what the journal adds; what a resume undid is dropped."""
    kept = min((row.epoch - 1 for row in fold.rows), default=math.inf)
    if fold.start is not None and fold.start.resumed:
        kept = min(kept, fold.start.position.epoch)
    joined = {
        name: [(epoch, value) for epoch, value in curve if epoch <= kept]
        for name, curve in curves.items()
    }
    for row in fold.rows:
        for name, value in row.logs.items():
            joined.setdefault(name, []).append((row.epoch, value))
    return joined


def _later_events(journal: Path, summary: Summary) -> Iterator[JournalEvent]:
    """What the journal says that the history does not know yet."""
    known = summary.journal  # bytes; 0 if its writer did not tell
    with files.reading(journal) as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(known if known > 0 and size - known <= _MOST else max(0, size - _END))
        for line in lines(file):
            with suppress(CorruptRecordError):  # the first is a piece of a line, the last may be
                event = codec.load_event(line if line.endswith(b"\n") else b"")
                if event is not None and event.time >= summary.updated:
                    yield event


def _best(
    curves: dict[str, Curve], fold: Fold
) -> tuple[str | None, Direction | None, float | None, int | None]:
    """The log that tells how good the run is, which way, its best value, and the epoch of that."""
    valued = next((one.monitor for one in reversed(fold.checkpoints) if one.monitor), None)
    named = (fold.monitor, valued, "val_loss", "loss")
    monitor = next((one for one in named if one in curves), None)
    if monitor is None:
        return None, None, None, None
    said = fold.directions.get(monitor) or checkpoints_direction(monitor, fold.checkpoints)
    mode = direction(monitor, said)
    curve = curves[monitor]
    index = best([value for _, value in curve], mode)
    return (monitor, mode, None, None) if index is None else (monitor, mode, *curve[index][::-1])


def clipped(text: str) -> str:
    """A text that a row has room for."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def thinned(values: Sequence[float]) -> list[float]:
    """At most `TRAIL` of the values, the first and the last among them, as exact as a picture is."""
    count = min(len(values), TRAIL)
    step = (len(values) - 1) / max(1, count - 1)
    return [float(f"{values[round(index * step)]:.4g}") for index in range(count)]


def size(run: Path) -> int:
    """Bytes of all files of a run."""
    return files.size(run) + files.size(run / layout.CHECKPOINTS)


def _marks(run: Path) -> Marks:
    """A title and a pin are no reason to leave a run out of a list."""
    try:
        return read_marks(run)
    except (CorruptRecordError, NewerSchemaError, OSError):
        return Marks(pinned=True)


def unreadable(run: Path, folder: str, problem: str) -> RunRow:
    """The row of a run that cannot be read."""
    return RunRow(
        folder=folder,
        name=run.name,
        title="",
        pinned=False,
        notebook=None,
        created=0.0,
        updated=0.0,
        status="failed",
        reason="",
        epochs=0,
        batches=0,
        position=ORIGIN,
        monitor=None,
        best=None,
        best_epoch=None,
        trail=[],
        checkpoints=0,
        bytes=size(run),
        kernel=None,
        began=0.0,
        heartbeat=None,
        problem=clipped(problem),
    )
