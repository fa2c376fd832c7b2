"""Whose run it is: does a run on disk belong to this notebook and this training cell? Pure.

One rule for kernel, server and page (its twin is `labextension/src/runs/ownership.ts`; both read
`tests/golden/ownership.json` and `training_cell.json`):

* The *notebook* is its path. Where the recorded path is gone, the notebook was renamed or moved, and
  whoever has the training cell has its runs. Where the recorded notebook is still there, another
  path is a copy, or a notebook made from the same template: not the owner.
* The *training cell* is its id. Where the executor sends none (papermill, nbclient, server-side
  execution), it is the cell of that source; once that source is nowhere to be found any more, it was
  edited, and the cell in the same place is meant.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal

from kresume_nb.run.masking import same_source
from kresume_nb.run.records import Cell, Header

Match = Literal["no", "edited", "yes"]
"""`edited`: only the cell's place speaks for it, which yields to any run that matches otherwise."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A training cell, as whoever asks knows it now."""

    notebook: str | None
    """Path relative to the folder of run folders, with forward slashes; None if not known."""
    cell: Cell | None
    """The training cell; None in scripts, where the process takes its part."""
    cells: Callable[[], Sequence[Cell]] = tuple
    """The code cells of the notebook as it was saved last; none where that is not known."""
    setup: Sequence[Cell] = ()
    """Cells that ran before the training cell."""


def match(owner: Owner, header: Header, exists: Callable[[str], bool]) -> Match:
    """Whether the run with this header belongs to `owner`.

    Args:
        exists: tells whether there is a notebook at a path relative to the folder of run folders.
    """
    found = _match_cell(owner, header)
    if found == "no" or not _same_notebook(owner, header, exists):
        return "no"
    return found


@dataclass(frozen=True, slots=True)
class Found:
    """Which of a notebook's code cells trained a run."""

    place: int
    sure: bool
    """Not by its place alone."""


def cell_of(header: Header, cells: Sequence[Cell], shows: Collection[int] = ()) -> Found | None:
    """The training cell of a run in its notebook; None if it is not there any more.

    By its id, by the output that shows the run, by its source, by its place.

    Args:
        cells: the notebook's code cells.
        shows: places of the cells whose output shows the run.
    """
    then = header.cell
    if then is None:
        return None
    matches = [_match_cell(Owner(None, cell, lambda: cells), header) for cell in cells]
    by_id = (place for place, cell in enumerate(cells) if then.id and cell.id == then.id)
    by_output = (place for place in range(len(cells)) if place in shows)
    by_source = (place for place, match in enumerate(matches) if match == "yes")
    sure = next(chain(by_id, by_output, by_source), None)
    if sure is not None:
        return Found(sure, sure=True)
    return Found(matches.index("edited"), sure=False) if "edited" in matches else None


def recorded_path(header: Header) -> str | None:
    """Where the run's notebook was, relative to the folder of run folders."""
    if header.notebook_path is not None:
        return header.notebook_path
    # An older version wrote its name only; the folder of run folders lay beside it by default.
    return f"../{header.notebook}" if header.notebook is not None else None


def same_origin(one: Header, other: Header) -> bool:
    """Whether the same cell of the same notebook trained both."""
    if (one.cell is None) != (other.cell is None) or recorded_path(one) != recorded_path(other):
        return False
    if one.cell is None or other.cell is None:
        return True
    same = replace(one.cell, source="") == replace(other.cell, source="")
    return same and same_source(one.cell.source, other.cell.source)


def _same_notebook(owner: Owner, header: Header, exists: Callable[[str], bool]) -> bool:
    recorded = recorded_path(header)
    if recorded is None or owner.notebook is None or recorded == owner.notebook:
        return True
    return not exists(recorded)


def _match_cell(owner: Owner, header: Header) -> Match:
    then, now = header.cell, owner.cell
    if then is None or now is None:
        return "yes"
    same = same_source(then.source, now.source)
    if then.id is not None and now.id is not None:
        if then.id == now.id:
            return "yes"
        # Notebooks of an older format keep no ids: each time one is opened its cells get new ones.
        cells = owner.cells() if same else ()
        lost = bool(cells) and all(cell.id != then.id for cell in cells)
        return "yes" if lost else "no"
    if same:
        return "no" if _stands_elsewhere(then, now, owner.cells()) else "yes"
    return "edited" if _edited_in_place(owner, header, then, now) else "no"


def _stands_elsewhere(then: Cell, now: Cell, cells: Sequence[Cell]) -> bool:
    """Whether the recorded cell is another one of the same source."""
    if then.place is None or now.place is None or then.place == now.place:
        return False
    there = cells[then.place] if then.place < len(cells) else None
    return there is not None and same_source(there.source, then.source)


def _edited_in_place(owner: Owner, header: Header, then: Cell, now: Cell) -> bool:
    if any(same_source(cell.source, then.source) for cell in owner.cells()):
        return False
    if then.place is not None and now.place is not None:
        return then.place == now.place
    before = [cell.source for cell in header.setup if not cell.late]
    present = [cell.source for cell in owner.setup if not cell.late]
    return bool(before) and len(before) == len(present) and all(map(same_source, before, present))
