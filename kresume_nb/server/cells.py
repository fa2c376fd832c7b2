"""Which cells of a saved notebook a resume runs, or why it must not run any by itself: pure.

What the page does when somebody clicks (`resume/plan.ts`), without what it may only do then: nothing
that changed since, or that nobody trusted, runs by itself.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kresume_nb.run.masking import same_source
from kresume_nb.run.ownership import cell_of
from kresume_nb.run.records import Bundle, Cell, Header

SKIP_TAG = "kresume-skip"


class CannotRunError(Exception):
    """A person must decide; the message says why."""


@dataclass(frozen=True, slots=True)
class Step:
    """A cell to execute."""

    id: str
    source: str
    training: bool = False


def plan(header: Header, cells: Sequence[Mapping[str, Any]], folder: str = "") -> list[Step]:
    """The set-up cells in their recorded order, then the training cell.

    Args:
        header: of the run.
        cells: of the notebook, as nbformat has them; `metadata.trusted` says whether the user's own
            Jupyter signed them.
        folder: of the run, relative to the notebook's, as outputs name it; empty if not known.

    Raises:
        CannotRunError: if one is missing, changed or not trusted.
    """
    code = [one for one in cells if one.get("cell_type") == "code"]
    shows = {place for place, one in enumerate(code) if folder and folder in _shown(one)}
    found = cell_of(header, [_cell(place, one) for place, one in enumerate(code)], shows)
    if header.cell is None or found is None:
        raise CannotRunError("its training cell is not in the notebook")
    training = code[found.place]
    steps: list[Step] = []
    used = {training.get("id")}
    for recorded in header.setup:
        cell = _find(recorded, code)
        if recorded.late and (cell is None or code.index(cell) > code.index(training)):
            continue
        if cell is None:
            raise CannotRunError("a set-up cell is not in the notebook any more")
        if cell.get("id") in used:
            continue
        used.add(cell.get("id"))
        if SKIP_TAG not in cell.get("metadata", {}).get("tags", []):
            steps.append(_step(cell, recorded))
    return [*steps, _step(training, header.cell, training=True)]


def _find(recorded: Cell, code: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """By its id, else by its source."""
    by_id = (one for one in code if recorded.id is not None and one.get("id") == recorded.id)
    by_source = (one for one in code if _same(one, recorded))
    return next(by_id, None) or next(by_source, None)


def _cell(place: int, cell: Mapping[str, Any]) -> Cell:
    found = cell.get("id")
    return Cell(
        id=found if isinstance(found, str) else None,
        source=str(cell.get("source", "")),
        place=place,
    )


def _shown(cell: Mapping[str, Any]) -> set[str]:
    """Folders of the runs that its outputs show."""
    outputs = (one.get("data") for one in cell.get("outputs", []) if isinstance(one, Mapping))
    bundles = (data.get(Bundle.mime) for data in outputs if isinstance(data, Mapping))
    return {
        posixpath.normpath(str(bundle.get("folder")))
        for bundle in bundles
        if isinstance(bundle, Mapping)
    }


def _same(cell: Mapping[str, Any], recorded: Cell) -> bool:
    return same_source(str(cell.get("source", "")), recorded.source)


def _step(cell: Mapping[str, Any], recorded: Cell, *, training: bool = False) -> Step:
    if not _same(cell, recorded):
        raise CannotRunError("cells changed since")
    if cell.get("metadata", {}).get("trusted") is not True:
        raise CannotRunError("the notebook is not trusted")
    return Step(id=str(cell.get("id", "")), source=str(cell["source"]), training=training)
