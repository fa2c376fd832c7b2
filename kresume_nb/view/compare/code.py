"""What changed in the cells that ran before a training, and in the training cell, as a text diff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kresume_nb.run.masking import digest
from kresume_nb.run.records import Cell, Compared

Op = Literal[" ", "-", "+"]
_MOST = 1_000_000
"""Lines times lines: beyond, all lines go and all come."""


@dataclass(frozen=True, slots=True)
class CellChange:
    """A cell that is not the same in two runs."""

    cell: str | None
    """Its id."""
    training: bool
    """Whether it is the training cell."""
    change: Literal["changed", "removed", "added"]
    """From the first run to the second."""
    lines: list[tuple[Op, str]]
    """All lines, each with what became of it."""


def code(first: Compared, second: Compared) -> list[CellChange]:
    """The cells that differ: those of the first run in order, then those that the second has more."""
    if first.header is None or second.header is None:
        return []
    before, after = list(first.header.setup), list(second.header.setup)
    partner = _pairs(before, after)
    found = []
    for number, cell in enumerate(before):
        other = after[partner[number]] if number in partner else None
        if _source(other) != _source(cell):
            found.append(_change(cell, other, training=False))
    taken = set(partner.values())
    found += [
        _change(None, cell, training=False)
        for number, cell in enumerate(after)
        if number not in taken
    ]
    one, other = first.header.cell, second.header.cell
    if _source(one) != _source(other):
        found.append(_change(one, other, training=True))
    return found


def _source(cell: Cell | None) -> str | None:
    """What tells whether two sources are the same: either run may have stored a digest only."""
    return None if cell is None else digest(cell.source)


def _pairs(before: Sequence[Cell], after: Sequence[Cell]) -> dict[int, int]:
    pairs: dict[int, int] = {}
    sources = [_source(cell) for cell in after]
    for by_id in (True, False):
        for number, cell in enumerate(before):
            if number in pairs or (by_id and cell.id is None):
                continue
            taken = set(pairs.values())
            source = _source(cell)
            for place, other in enumerate(after):
                same = other.id == cell.id if by_id else sources[place] == source
                if same and place not in taken:
                    pairs[number] = place
                    break
    return pairs


def _change(before: Cell | None, after: Cell | None, *, training: bool) -> CellChange:
    cell = before or after
    kind: Literal["changed", "removed", "added"] = (
        "added" if before is None else "removed" if after is None else "changed"
    )
    old = before.source.split("\n") if before is not None else []
    new = after.source.split("\n") if after is not None else []
    return CellChange(cell.id if cell is not None else None, training, kind, diff(old, new))


def diff(old: Sequence[str], new: Sequence[str]) -> list[tuple[Op, str]]:
    """Each line with what became of it: kept, gone (`-`) or come (`+`)."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    head: list[tuple[Op, str]] = [(" ", line) for line in old[:start]]
    tail: list[tuple[Op, str]] = [(" ", line) for line in old[len(old) - end :]]
    middle = _longest(old[start : len(old) - end], new[start : len(new) - end])
    return [*head, *middle, *tail]


def _longest(old: Sequence[str], new: Sequence[str]) -> list[tuple[Op, str]]:
    if len(old) * len(new) > _MOST:
        return [*(("-", line) for line in old), *(("+", line) for line in new)]
    # length[i][j]: of a longest common subsequence of old[i:] and new[j:].
    length = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            length[i][j] = (
                length[i + 1][j + 1] + 1
                if old[i] == new[j]
                else max(length[i + 1][j], length[i][j + 1])
            )
    found: list[tuple[Op, str]] = []
    i = j = 0
    while i < len(old) or j < len(new):
        if i < len(old) and j < len(new) and old[i] == new[j]:
            found.append((" ", old[i]))
            i, j = i + 1, j + 1
        elif i < len(old) and (j == len(new) or length[i + 1][j] >= length[i][j + 1]):
            found.append(("-", old[i]))
            i += 1
        else:
            found.append(("+", new[j]))
            j += 1
    return found
