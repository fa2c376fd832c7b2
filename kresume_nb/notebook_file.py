"""The code cells of a notebook as it was saved last: what tells them apart where no id is sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kresume_nb.run.masking import same_source
from kresume_nb.run.records import Cell

_LARGEST = 256 * 2**20
"""Bytes; a larger file is not read: what it would tell is a convenience."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What a notebook's file tells; nothing where there is no notebook that can be read."""

    cells: tuple[Cell, ...]
    """The code cells in their order."""
    secret: tuple[str, ...]
    """Sources of the cells that have the tag that was asked for."""


def read(path: Path | None, tag: str) -> Saved:
    """Reads the file once, for all that is asked of it."""
    code = _code(path)
    return Saved(cells=_cells(code), secret=_tagged(code, tag))


def _cells(code: list[Any]) -> tuple[Cell, ...]:
    try:
        return tuple(
            Cell(id=_text(cell.get("id")), source=_source(cell["source"]), place=place)
            for place, cell in enumerate(code)
        )
    except (KeyError, TypeError, AttributeError):
        return ()  # no notebook


def _tagged(code: list[Any], tag: str) -> tuple[str, ...]:
    try:
        return tuple(
            _source(cell["source"])
            for cell in code
            if tag in cell.get("metadata", {}).get("tags", [])
        )
    except (KeyError, TypeError, AttributeError):
        return ()  # no notebook


def _code(path: Path | None) -> list[Any]:
    """The code cells as they are in the file."""
    try:
        if path is None or path.stat().st_size > _LARGEST:
            return []
        return [one for one in json.loads(path.read_bytes())["cells"] if one["cell_type"] == "code"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []  # not there, being saved, or no notebook


def located(cell: Cell, cells: Callable[[], Sequence[Cell]]) -> Cell:
    """The cell; where its executor sent no id, with those of the one cell that it can be.

    Args:
        cells: of the notebook; looked up only if need be.
    """
    if cell.id is not None:
        return cell
    alike = [one for one in cells() if same_source(one.source, cell.source)]
    return replace(cell, id=alike[0].id, place=alike[0].place) if len(alike) == 1 else cell


def _source(value: object) -> str:
    return "".join(value) if isinstance(value, list) else str(value)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
