"""What a call of `fit` can do with the runs that there are, and the points that a person chooses among.

Whose run it is says `ownership.py`, what a call does by itself `calls.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kresume_nb.errors import RunNotFoundError
from kresume_nb.run.fold import Fold
from kresume_nb.run.reader import Candidate, candidates, read_header, read_journal
from kresume_nb.run.records import Header, Point, Position


@dataclass(frozen=True, slots=True)
class StoredRun:
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

    run: StoredRun
    candidates: list[Candidate]


@dataclass(frozen=True, slots=True)
class Fork:
    """Begin a new run from this checkpoint of another."""

    run: StoredRun
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Train nothing: put the model where this run left it, and return its History."""

    run: StoredRun
    candidates: list[Candidate]


Choice = New | Continue | Fork | GiveBack


def known(path: Path, header: Header | None = None) -> StoredRun:
    """The run in that folder."""
    return StoredRun(path, header or read_header(path), read_journal(path, keep_steps=False).fold)


def chosen(run: StoredRun, checkpoint: str | None) -> Choice:
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


def points(run: StoredRun) -> list[Point]:
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


def forked(run: StoredRun, checkpoint: str) -> Fork:
    """A fork from a checkpoint that a person chose in the page or at the terminal.

    Raises:
        RunNotFoundError: if the run has no such checkpoint any more.
    """
    found = candidates(run.path, run.fold)
    for one in found:
        if one.path.name == checkpoint:
            return Fork(run, one)
    raise RunNotFoundError(_no_checkpoint(run, checkpoint, [one.path.name for one in found]))


def fork(run: StoredRun | None, epoch: int, folder: Path, base: str) -> Fork:
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


def _no_checkpoint(run: StoredRun, wanted: str, names: list[str]) -> str:
    kept = ", ".join(sorted(names)) or "none"
    return (
        f"{run.path.name} keeps no checkpoint {wanted}. Kept: {kept}. Choose one of these; "
        "kr.Checkpointing(keep_last=…) keeps more of the next run."
    )
