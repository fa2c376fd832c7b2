"""A run may hold a digest where the other holds the source: that alone is no change."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from kresume_nb.run import codec
from kresume_nb.run.masking import digest
from kresume_nb.run.records import Cell, Compared
from kresume_nb.view.compare.code import code

GOLDEN = Path(__file__).parents[2] / "golden" / "compare" / "two.json"


def test_a_digest_of_the_same_source_is_no_change():
    [run, *_] = json.loads(GOLDEN.read_text())["runs"]
    run = codec.decode(Compared, run)
    cells = [Cell(id="a", source="x = 1"), Cell(id=None, source="plot(x)")]
    first = replace(run, header=replace(run.header, cell=cells[0], setup=cells))
    hidden = [replace(cell, source=digest(cell.source)) for cell in cells]
    second = replace(run, header=replace(run.header, cell=hidden[0], setup=hidden))
    assert code(first, second) == []
    hidden[1] = replace(hidden[1], source=digest("plot(y)"))
    changed = replace(run, header=replace(run.header, cell=hidden[0], setup=hidden))
    assert [one.change for one in code(first, changed)] == ["removed", "added"]
