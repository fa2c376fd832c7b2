"""The checkpoint that training goes on from: of those offered, newest first, the first that is whole.

Nothing is changed by looking, neither in memory nor on disk.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kresume_nb.errors import CorruptCheckpointError
from kresume_nb.run import codec
from kresume_nb.run.reader import Candidate
from kresume_nb.run.records import Finding, Position
from kresume_nb.train.checkpoint.keras_file import Loaded


@dataclass(frozen=True, slots=True)
class FoundCheckpoint:
    """A whole checkpoint, and what was passed over on the way to it."""

    loaded: Loaded
    position: Position
    skipped: list[Finding]


def find(candidates: Iterable[Candidate]) -> FoundCheckpoint | None:
    """The first checkpoint that is whole; None if there is none.

    Raises:
        NewerSchemaError: if a newer kresume_nb wrote it.
    """
    skipped: list[Finding] = []
    for candidate in candidates:
        try:
            loaded = Loaded(candidate.path)
            position = codec.decode(Position, loaded.state["position"])
        except (CorruptCheckpointError, KeyError) as error:
            detail = f"damaged, passed over ({error})"
            skipped.append(Finding(what=candidate.path.name, verdict="lost", detail=detail))
            continue
        return FoundCheckpoint(loaded, position, skipped)
    if skipped:
        raise CorruptCheckpointError(
            "No checkpoint of this run can be read: "
            + "; ".join(f"{one.what}: {one.detail}" for one in skipped)
            + ". The folder was left untouched. Pass resume='never' to begin a new run."
        )
    return None
