"""Tables of text that fit a width: pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_GAP = 2
_LEAST = 12
"""Columns are not cut below; rather the last ones are left out."""

_SHARE = 3
"""That part of the width is not taken from the first column as long as others can be cut."""


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    width: int | None = None,
    right: frozenset[int] = frozenset(),
) -> list[str]:
    """Lines of a table.

    Columns are as wide as they need. If that is too wide, the widest are cut, with an ellipsis in
    place of what is gone; if that is not enough, the last columns are left out, which is said.
    Of names, in the head and the first column, the middle goes: `mnist-017` and `adam.beta_1` are
    told apart by their ends.

    Args:
        head: names of the columns.
        rows: texts; line breaks become spaces.
        width: of the terminal; None for no limit.
        right: columns of numbers, which end at one edge.
    """
    cells = [[" ".join(cell.split()) for cell in row] for row in (head, *rows)]
    needed = [max(wide(row[number]) for row in cells) for number in range(len(cells[0]))]
    widths = _fitted(needed, width)
    lines = []
    for index, row in enumerate(cells):
        parts = [
            _pad(
                (shortened if index == 0 or number == 0 else _cut)(cell, size),
                size,
                left=number not in right,
            )
            for number, (cell, size) in enumerate(zip(row, widths, strict=False))
        ]
        lines.append((" " * _GAP).join(parts).rstrip())
    if len(widths) < len(needed):
        left_out = ", ".join(head[len(widths) :])
        lines.append(_cut(f"(no room for {left_out})", width or wide(left_out) + 20))
    return lines


def wide(text: str) -> int:
    """Places that a terminal gives a text: two for the wide signs of East Asia, none for marks."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(one) else 1 + (unicodedata.east_asian_width(one) in "WF")
        for one in text
    )


def _fitted(needed: Sequence[int], width: int | None) -> list[int]:
    widths = list(needed)
    if width is None:
        return widths
    while (
        len(widths) > 1
        and sum(min(one, _LEAST) for one in widths) + _GAP * (len(widths) - 1) > width
    ):
        widths.pop()
    least = _LEAST if len(widths) > 1 else 1
    while sum(widths) + _GAP * (len(widths) - 1) > width and max(widths) > least:
        # Names, on the left, keep a third of the width; the last of the widest gives way first.
        spared = widths[0] <= width // _SHARE and max(widths[1:], default=0) > least
        widest = max(widths[spared:])
        number = len(widths) - 1 - widths[::-1].index(widest)
        widths[number] -= 1
    return widths


def shortened(name: str, width: int) -> str:
    """A name in that many places: its beginning and its end, where its number is."""
    if wide(name) <= width:
        return name
    end = _fitting(name[::-1], (width - 1) // 2)[::-1]
    return f"{_fitting(name, width - 1 - wide(end))}…{end}"


def _cut(text: str, width: int) -> str:
    return text if wide(text) <= width else f"{_fitting(text, width - 1)}…"


def _fitting(text: str, width: int) -> str:
    """As much of its beginning as has room."""
    kept = ""
    for sign in text:
        if wide(kept + sign) > width:
            break
        kept += sign
    return kept


def _pad(text: str, width: int, *, left: bool) -> str:
    space = " " * (width - wide(text))
    return text + space if left else space + text
