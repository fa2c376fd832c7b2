"""Reads a run folder, whatever state its writer left it in. Never writes."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kresume_nb.errors import (
    CorruptCheckpointError,
    CorruptRecordError,
    NewerSchemaError,
    RunNotFoundError,
)
from kresume_nb.run import codec, layout
from kresume_nb.run.container import ContainerReader
from kresume_nb.run.fold import Fold
from kresume_nb.run.migrations import migrate
from kresume_nb.run.records import Header, Position, Start, Writer


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


def run_folders(folder: Path) -> list[Path]:
    """The run folders in `kresume_runs`, newest number last within a name."""
    if not folder.is_dir():
        return []
    found = [
        (name, path)
        for path in folder.iterdir()
        if (name := layout.split_name(path.name)) and (path / layout.HEADER).is_file()
    ]
    return [path for _, path in sorted(found)]


def read_header(run: Path) -> Header:
    """`run.json`.

    Raises:
        RunNotFoundError: if there is none.
        NewerSchemaError: if a newer version wrote it.
        CorruptRecordError: if it does not decode.
    """
    path = run / layout.HEADER
    try:
        data = codec.parse(path.read_bytes())
    except FileNotFoundError:
        raise RunNotFoundError(f"{run} is not a run folder: it has no {layout.HEADER}") from None
    except CorruptRecordError as error:
        raise CorruptRecordError(f"{path}: {error}") from error
    return codec.decode(Header, migrate(data, path))


def read_journal(run: Path, *, keep_steps: bool = True) -> Journal:
    """The journal, folded. A run without one (killed at its very start) has an empty fold."""
    fold, torn = Fold(keep_steps=keep_steps), 0
    try:
        with (run / layout.JOURNAL).open("rb") as file:
            for line in file:
                try:
                    event = codec.load_event(line if line.endswith(b"\n") else b"")
                except CorruptRecordError:
                    torn += 1
                    continue
                if event is not None:
                    fold.feed([event])
    except FileNotFoundError:
        pass
    return Journal(fold, torn)


def processes(run: Path) -> list[Writer]:
    """The processes that have trained a run, in order."""
    found: list[Writer] = []
    try:
        with (run / layout.JOURNAL).open("rb") as file:
            for line in file:
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
    was given up (a resume from an older checkpoint) are left out.
    """
    found = {one.file: one.position for one in fold.checkpoints}
    for path in (run / layout.CHECKPOINTS).glob("*.keras"):
        if path.name not in found and layout.is_checkpoint(path.name):
            position = _resumed_from(path, fold) or _unannounced(path, fold)
            if position is not None:
                found[path.name] = position
    ordered = sorted(found.items(), key=lambda item: item[1].step, reverse=True)
    return [Candidate(run / layout.CHECKPOINTS / name, position) for name, position in ordered]


def _resumed_from(path: Path, fold: Fold) -> Position | None:
    """If the present process went on from this file, where that was."""
    start = fold.start
    resumed = start is not None and start.resumed and start.checkpoint == path.name
    return start.position if start is not None and resumed else None


def _unannounced(path: Path, fold: Fold) -> Position | None:
    try:
        with ContainerReader(path) as container:
            state = container.state()
        position = codec.decode(Position, state["position"])
        writer = codec.decode(Writer, state["writer"])
    except (CorruptCheckpointError, CorruptRecordError, NewerSchemaError, KeyError, TypeError):
        return None
    return position if fold.start is not None and writer == fold.start.writer else None
