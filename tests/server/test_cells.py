from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kresume_nb.run.reader import read_header
from kresume_nb.run.records import Cell
from kresume_nb.server.cells import CannotRunError, plan

HEADER = replace(
    read_header(Path(__file__).parents[1] / "golden" / "killed"),
    cell=Cell(id="train", source="kr.fit(model, x, y)"),
    setup=[
        Cell(id=None, source="import keras"),
        Cell(id="data", source="x, y = load()"),
        Cell(id="plot", source="plot()", late=True),
    ],
)


def cell(name: str, source: str, *, trusted: bool = True, tags: tuple[str, ...] = ()) -> Any:
    metadata = {"trusted": trusted, "tags": list(tags)}
    return {"cell_type": "code", "id": name, "source": source, "metadata": metadata}


def notebook() -> list[Any]:
    return [
        {"cell_type": "markdown", "id": "data", "source": "x, y = load()", "metadata": {}},
        cell("import", "import keras\n"),
        cell("data", "x, y = load()"),
        cell("train", "kr.fit(model, x, y)"),
        cell("plot", "plot()"),
    ]


def test_set_up_cells_run_in_their_recorded_order_then_the_training_cell():
    steps = plan(HEADER, list(reversed(notebook()))[1:])  # moved about, and the plot deleted
    assert [(one.id, one.training) for one in steps] == [
        ("import", False),
        ("data", False),
        ("train", True),
    ]


def test_a_cell_with_the_tag_is_left_out():
    cells = notebook()
    cells[2] = cell("data", "x, y = load()", tags=("kresume-skip",))
    assert [one.id for one in plan(HEADER, cells)] == ["import", "train"]


@pytest.mark.parametrize(
    ("index", "put", "why"),
    [
        (1, None, "a set-up cell is not in the notebook"),
        (2, cell("data", "import os; os.system('echo')"), "cells changed since"),
        (2, cell("data", "x, y = load()", trusted=False), "not trusted"),
        (3, cell("train", "kr.fit(model, x, y)", trusted=False), "not trusted"),
        (3, cell("train", "kr.fit(model, x, y, epochs=9)"), "cells changed since"),
        (3, None, "its training cell is not in the notebook"),
    ],
)
def test_what_changed_or_is_not_trusted_needs_a_person(index, put, why):
    cells = notebook()
    cells[index : index + 1] = [put] if put else []
    with pytest.raises(CannotRunError, match=why):
        plan(HEADER, cells)


def test_a_notebook_that_only_says_it_is_trusted_is_not():
    cells = notebook()
    cells[2]["metadata"]["trusted"] = "yes"
    with pytest.raises(CannotRunError, match="not trusted"):
        plan(HEADER, cells)


def test_of_two_cells_with_one_source_the_one_that_shows_the_run_is_its_training_cell():
    header = replace(HEADER, cell=Cell(id=None, source="kr.fit(model, x, y)", place=7))
    cells = [*notebook(), cell("twin", "kr.fit(model, x, y)")]
    shown = {"application/vnd.kresume.run+json": {"folder": "kresume_runs/golden-001"}}
    cells[-1]["outputs"] = [{"output_type": "display_data", "data": shown}, {"text": "3"}, "odd"]
    assert plan(header, cells, "kresume_runs/golden-001")[-1].id == "twin"
    for folder in ("", "kresume_runs/golden-002"):
        assert plan(header, cells, folder)[-1].id == "train"
