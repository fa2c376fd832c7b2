"""Reads a run folder, whatever state its writer left it in. Never writes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from kresume_nb.errors import (
    CorruptCheckpointError,
    CorruptRecordError,
    NewerSchemaError,
    RunNotFoundError,
)
from kresume_nb.run import codec, files, layout, limits
from kresume_nb.run.container import ContainerReader
from kresume_nb.run.fold import Fold
from kresume_nb.run.migrations import migrate
from kresume_nb.run.records import Header, JournalEvent, Position, Start, Steps, Summary, Writer


@dataclass(frozen=True, slots=True)
class Journal:
    """What `journal.jsonl` holds."""

    fold: Fold
    torn: int
    """Lines that a kill left incomplete, or that do not decode; they are passed over."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A checkpoint that a resume may begin from."""

    path: Path
    position: Position


def is_folder(path: Path) -> bool:
    """Whether that is a folder; no for a name that no system takes."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def run_names(folder: Path) -> list[str]:
    """The names of the run folders in `kresume_runs`, newest number last within a name."""
    if not is_folder(folder):
        return []
    found = [
        path.name
        for path in folder.iterdir()
        if layout.split_name(path.name) and files.is_run(path)
    ]
    return sorted(found, key=layout.in_order)


def run_folders(folder: Path) -> list[Path]:
    """The same as paths."""
    return [folder / name for name in run_names(folder)]


def read_header(run: Path, most: int = limits.HEADER) -> Header:
    """`run.json`.

    Args:
        most: bytes that it may have.

    Raises:
        RunNotFoundError: if there is none.
        NewerSchemaError: if a newer version wrote it.
        CorruptRecordError: if it does not decode.
    """
    path = run / layout.HEADER
    try:
        data = codec.read(path, most)
    except FileNotFoundError:
        raise RunNotFoundError(f"{run} is not a run folder: it has no {layout.HEADER}") from None
    return codec.decode(Header, migrate(data, path))


def read_journal(
    run: Path, *, keep_steps: bool = True, take: Callable[[JournalEvent], None] | None = None
) -> Journal:
    """The journal, folded. A run without one (killed at its very start) has an empty fold.

    Args:
        keep_steps: whether the fold holds them.
        take: gets each event.

    Raises:
        CorruptRecordError: if it is too large, or most of it no journal.
    """
    fold, torn, bare = Fold(keep_steps=keep_steps), 0, 0
    path = run / layout.JOURNAL
    try:
        with files.reading(path) as file:
            _check_size(path, os.fstat(file.fileno()))
            for line in lines(file):
                try:
                    event = codec.load_event(line if line.endswith(b"\n") else b"")
                    if isinstance(event, Steps) and not event.logs:
                        bare += event.count
                        limits.check_bare_steps(bare)
                except CorruptRecordError:
                    torn += 1
                    if torn > limits.TORN:
                        raise CorruptRecordError(
                            f"{path} has more than {limits.TORN:,} lines that do not decode. "
                            "It is no journal of ours: put another in its place, or delete the run."
                        ) from None
                    continue
                if event is not None:
                    fold.feed([event])
                    if take is not None:
                        take(event)
    except FileNotFoundError:
        pass
    return Journal(fold, torn)


def _check_size(path: Path, found: os.stat_result) -> None:
    """Returns if a journal has a size that can be read, and holds what it has.

    Raises:
        CorruptRecordError: if not.
    """
    if found.st_size > limits.JOURNAL:
        raise CorruptRecordError(
            f"{path} has {found.st_size:,} bytes. Expected at most {limits.JOURNAL:,}."
        )
    there = getattr(found, "st_blocks", found.st_size) * 512
    if found.st_size > limits.HOLES and there < found.st_size // 100:
        raise CorruptRecordError(
            f"{path} has {found.st_size:,} bytes, of which {there:,} are on the disk. Ours have no holes."
        )


def lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a journal, each with its end.

    Of one that is too long to be ours the beginning comes, which does not decode.
    """
    while line := file.readline(limits.LINE):
        yield line
        while len(line) == limits.LINE and not line.endswith(b"\n"):
            line = file.readline(limits.LINE)


def processes(run: Path) -> list[Writer]:
    """The processes that have trained a run, in order."""
    found: list[Writer] = []
    try:
        with files.reading(run / layout.JOURNAL) as file:
            _check_size(run / layout.JOURNAL, os.fstat(file.fileno()))
            for line in lines(file):
                if b'"start"' not in line:  # most lines are steps, and a run may have a million
                    continue
                with suppress(CorruptRecordError):
                    event = codec.load_event(line if line.endswith(b"\n") else b"")
                    if isinstance(event, Start):
                        found.append(event.writer)
    except FileNotFoundError:
        pass
    return found


def candidates(run: Path, fold: Fold) -> list[Candidate]:
    """Checkpoints of this run's present course, newest first.

    A checkpoint is durable before the journal says so; one that a kill cut off in between is found
    by the writer that its state names, and stays one after a resume from it. Files of a course that
    was given up (a resume from an older checkpoint) are left out. What a damaged journal does not tell
    any more, `history.json` does; without any start in it, whatever lies there is a candidate.
    """
    told = {one.file: one.position for one in fold.checkpoints if layout.is_checkpoint(one.file)}
    found = {name: at for name, at in told.items() if layout.checkpoint_name(at) == name}
    others = [path for path in checkpoint_files(run) if path.name not in found]
    by_history = _told_by_history(run) if others else set()
    for path in others:
        position = _resumed_from(path, fold) or _unannounced(path, fold)
        if position is None and path.name in {*told, *by_history}:  # whose line is damaged
            position = _position(path)
        if position is not None:
            found[path.name] = position
    ordered = sorted(found.items(), key=lambda item: item[1].step)
    if any(_within(one) >= _within(other) for (_, one), (_, other) in pairwise(ordered)):
        # A line tells another step, or another epoch, than it did.
        read = {name: _position(layout.checkpoint_path(run, name)) or at for name, at in ordered}
        ordered = sorted(read.items(), key=lambda item: item[1].step)
    return [Candidate(layout.checkpoint_path(run, name), at) for name, at in reversed(ordered)]


def _within(position: Position) -> tuple[int, int]:
    return position.epoch, position.batch


def _told_by_history(run: Path) -> set[str]:
    """The checkpoints in `history.json`, if it knew all that is in the journal, or more."""
    try:
        size = files.info(run / layout.JOURNAL).st_size
    except OSError:
        size = 0
    try:
        path = run / layout.HISTORY
        said = codec.read(path, limits.HISTORY).get("kresume")
        summary = codec.decode(Summary, migrate(said if isinstance(said, dict) else {}, path))
    except (OSError, CorruptRecordError, NewerSchemaError):
        return set()
    return {one.file for one in summary.checkpoints} if summary.journal >= max(1, size) else set()


def checkpoint_files(run: Path) -> list[Path]:
    """What lies in a run's `checkpoints` under the name of one, in no order.

    Raises:
        UnsafeFileError: if `checkpoints` is a link, or no folder.
    """
    try:
        names = files.names(run / layout.CHECKPOINTS)
    except FileNotFoundError:
        return []
    return [layout.checkpoint_path(run, name) for name in names if layout.is_checkpoint(name)]


def _resumed_from(path: Path, fold: Fold) -> Position | None:
    """If the present process went on from this file, where that was."""
    start = fold.start
    resumed = start is not None and start.resumed and start.checkpoint == path.name
    return start.position if start is not None and resumed else None


def _unannounced(path: Path, fold: Fold) -> Position | None:
    """Of a file that the present process wrote, or any where none is known: where it was written."""
    state = _state(path)
    if state is None:
        return None
    position, writer = state
    return position if fold.start is None or writer == fold.start.writer else None


def _position(path: Path) -> Position | None:
    """Where a checkpoint was written, as it tells itself."""
    state = _state(path)
    return state[0] if state is not None else None


def _state(path: Path) -> tuple[Position, Writer] | None:
    try:
        with ContainerReader(path) as container:
            state = container.state()
        position = codec.decode(Position, state["position"])
        writer = codec.decode(Writer, state["writer"])
    except (CorruptCheckpointError, CorruptRecordError, NewerSchemaError, KeyError, TypeError):
        return None
    return position, writer
