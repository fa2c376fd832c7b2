"""Which run, and which of its checkpoints, a call of `fit` goes on from: pure but for looking.

Rules: a run is known by its name and, in notebooks, by the training cell's id, so that two training
cells never take each other's runs. The newest run of a cell decides: while it is unfinished it is
resumed; once it is finished a new one begins, unless more epochs are asked for. An older unfinished
run was given up when a newer one began.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kresume_nb.errors import RunNotFoundError
from kresume_nb.run import layout
from kresume_nb.run.fold import Fold
from kresume_nb.run.reader import Candidate, candidates, read_header, read_journal, run_folders
from kresume_nb.run.records import Cell, Header, Point, Position


@dataclass(frozen=True, slots=True)
class Known:
    """A run on disk."""

    path: Path
    header: Header
    fold: Fold


@dataclass(frozen=True, slots=True)
class New:
    """Begin a new run."""


@dataclass(frozen=True, slots=True)
class Continue:
    """Go on in a run, from the first good of these checkpoints."""

    run: Known
    candidates: list[Candidate]


@dataclass(frozen=True, slots=True)
class Fork:
    """Begin a new run from this checkpoint of another."""

    run: Known
    candidate: Candidate


Choice = New | Continue | Fork


def newest(folder: Path, base: str, cell: Cell | None) -> Known | None:
    """The newest run of that name and cell.

    Raises:
        NewerSchemaError: if a newer kresume_nb wrote it.
    """
    for path in reversed(run_folders(folder)):
        split = layout.split_name(path.name)
        if split is None or split[0] != base:
            continue
        header = read_header(path)
        if _same_cell(header.cell, cell):
            return known(path, header)
    return None


def known(path: Path, header: Header | None = None) -> Known:
    """The run in that folder."""
    return Known(path, header or read_header(path), read_journal(path, keep_steps=False).fold)


def _same_cell(one: Cell | None, other: Cell | None) -> bool:
    ids = {cell.id for cell in (one, other) if cell is not None and cell.id is not None}
    return len(ids) < 2


def automatic(run: Known | None, epochs: int, *, restore_finished: bool = False) -> Choice:
    """What `resume="auto"` does.

    Args:
        run: the newest of this name and cell.
        epochs: asked for now.
        restore_finished: go to the end of a finished run rather than begin a new one.
    """
    if run is None:
        return New()
    finished = run.fold.status == "finished"
    if finished and epochs <= run.fold.epochs and not restore_finished:
        return New()
    found = candidates(run.path, run.fold)
    return Continue(run, found) if found else New()


def chosen(run: Known, checkpoint: str | None) -> Choice:
    """What a person chose in the page: a run, and perhaps one of its checkpoints.

    Raises:
        RunNotFoundError: if the run has no such checkpoint any more.
    """
    found = candidates(run.path, run.fold)
    if checkpoint is not None:
        names = [one.path.name for one in found]
        if checkpoint not in names:
            raise RunNotFoundError(_no_checkpoint(run, checkpoint, names))
        found = found[names.index(checkpoint) :]
    return Continue(run, found) if found else New()


def points(run: Known) -> list[Point]:
    """What a person may choose among: the checkpoints, newest first, each with its losses."""
    fold = read_journal(run.path).fold  # with its steps
    times = {one.file: one.time for one in fold.checkpoints}
    return [
        Point(
            checkpoint=one.path.name,
            position=one.position,
            logs=_logs(fold, one.position),
            time=times.get(one.path.name, 0.0),
        )
        for one in candidates(run.path, run.fold)
    ]


def _logs(fold: Fold, at: Position) -> dict[str, float]:
    if at.batch == 0:
        return next((row.logs for row in fold.rows if row.epoch == at.epoch), {})
    for chunk in fold.chunks:
        place = at.step - chunk.step
        if 0 <= place < chunk.count:
            return {name: values[place] for name, values in chunk.logs.items()}
    return {}


def forked(run: Known, checkpoint: str) -> Fork:
    """A fork from a checkpoint that a person chose in the page or at the terminal.

    Raises:
        RunNotFoundError: if the run has no such checkpoint any more.
    """
    found = candidates(run.path, run.fold)
    for one in found:
        if one.path.name == checkpoint:
            return Fork(run, one)
    raise RunNotFoundError(_no_checkpoint(run, checkpoint, [one.path.name for one in found]))


def fork(run: Known | None, epoch: int, folder: Path, base: str) -> Fork:
    """What `resume=N` does.

    Raises:
        RunNotFoundError: if there is no run of that name, or it keeps no such epoch.
    """
    if run is None:
        raise RunNotFoundError(
            f"resume={epoch} asks to go on from after {epoch} epochs of the newest run named "
            f"{base!r}, but {folder} holds none. Pass run='…' with the name of one, or "
            "resume='auto'."
        )
    found = candidates(run.path, run.fold)
    for one in found:
        if one.position.epoch == epoch and one.position.batch == 0:
            return Fork(run, one)
    raise RunNotFoundError(
        _no_checkpoint(run, f"after {epoch} epochs", [one.path.name for one in found])
    )


def _no_checkpoint(run: Known, wanted: str, names: list[str]) -> str:
    kept = ", ".join(sorted(names)) or "none"
    return (
        f"{run.path.name} keeps no checkpoint {wanted}. Kept: {kept}. Choose one of these; "
        "kr.Checkpointing(keep_last=…) keeps more of the next run."
    )
