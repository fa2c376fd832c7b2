"""Checkpoints side by side, read by a worker: the functions of `weights/`, which a file cannot hurt."""

from __future__ import annotations

from pathlib import Path

from kresume_nb.errors import CorruptCheckpointError, WorkerError
from kresume_nb.run import codec, files, layout
from kresume_nb.run.records import (
    Changes,
    ChangeSeries,
    CheckpointRef,
    DamagedCheckpoint,
    Histogram,
)
from kresume_nb.worker.process import Worker, checkpoint_error

_SECONDS = 30.0
_BYTES_A_SECOND = 20e6
"""What even a slow disk gives."""


def compare_text(
    worker: Worker, a: Path, b: Path, refs: tuple[CheckpointRef, CheckpointRef] | None = None
) -> str:
    """What became of each layer from `a` to `b`, as the JSON of `Changes`.

    Raises:
        CorruptCheckpointError: naming the file that cannot be read.
    """
    named = None if refs is None else [codec.plain(one) for one in refs]
    try:
        return worker.ask("changes", seconds=_patience(a, b), a=str(a), b=str(b), refs=named)
    except WorkerError as error:
        raise checkpoint_error(error, str(a), str(b)) from error


def compare(
    worker: Worker, a: Path, b: Path, refs: tuple[CheckpointRef, CheckpointRef] | None = None
) -> Changes:
    """The same as a record."""
    return codec.loads(Changes, compare_text(worker, a, b, refs))


def histogram_text(worker: Worker, a: Path, b: Path, variable: str) -> str:
    """How the numbers of a variable are spread in `a` and in `b`, as the JSON of `Histogram`.

    Raises:
        CorruptCheckpointError: naming the file that cannot be read.
        ArgumentError: if there is no such variable.
    """
    try:
        return worker.ask(
            "histogram", seconds=_patience(a, b), a=str(a), b=str(b), variable=variable
        )
    except WorkerError as error:
        raise checkpoint_error(error, str(a), str(b)) from error


def histogram(worker: Worker, a: Path, b: Path, variable: str) -> Histogram:
    """The same as a record."""
    return codec.loads(Histogram, histogram_text(worker, a, b, variable))


def series_text(worker: Worker, run: Path, name: str) -> str:
    """How each layer moved from one of a run's checkpoints to the next, as the JSON of `ChangeSeries`.

    One that ends the worker is told as damaged, and the others are read without it.

    Raises:
        WorkerError: if they cannot be read within bounds.
    """
    found = codec.parse(worker.ask("kept_files", run=str(run)))["files"]
    paths = {file: layout.checkpoint_path(run, file) for file in found}
    seconds = _patience(*paths.values())
    try:
        return worker.ask("series", seconds=seconds, run=str(run), name=name)
    except WorkerError:
        damaged = [
            codec.plain(DamagedCheckpoint(file=file, problem=problem))
            for file, path in paths.items()
            if (problem := _problem(worker, path))
        ]
        if not damaged:
            raise
    return worker.ask("series", seconds=seconds, run=str(run), name=name, damaged=damaged)


def series(worker: Worker, run: Path, name: str) -> ChangeSeries:
    """The same as a record."""
    return codec.loads(ChangeSeries, series_text(worker, run, name))


def _problem(worker: Worker, path: Path) -> str:
    try:
        worker.ask("look", seconds=_patience(path), path=str(path))
    except WorkerError as error:
        return str(checkpoint_error(error, str(path)))
    except CorruptCheckpointError:
        return ""  # which the series tells by itself
    return ""


def verify(worker: Worker, path: Path) -> None:
    """Returns if a checkpoint is whole.

    Raises:
        CorruptCheckpointError: saying what is wrong.
        NewerSchemaError: if a newer kresume_nb wrote it.
    """
    try:
        worker.ask("verify", seconds=_patience(path), path=str(path))
    except WorkerError as error:
        raise checkpoint_error(error, str(path)) from error


def _patience(*paths: Path) -> float:
    size = 0
    for path in paths:
        try:
            size += files.info(path).st_size
        except OSError:  # told by who reads it
            continue
    return _SECONDS + size / _BYTES_A_SECOND
