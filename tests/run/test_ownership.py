"""Whose run it is. The cases are those that the page is held to, too."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kresume_nb.run.inventory import Inventory
from kresume_nb.run.ownership import Found, Owner, cell_of, match, recorded_path
from kresume_nb.run.reader import read_header
from kresume_nb.run.records import Cell

GOLDEN = Path(__file__).parent.parent / "golden"
CASES = json.loads((GOLDEN / "ownership.json").read_text())
CELLS = json.loads((GOLDEN / "training_cell.json").read_text())


def cell(data):
    return (
        None
        if data is None
        else Cell(id=data.get("id"), source=data["source"], place=data.get("place"))
    )


@pytest.fixture(scope="module")
def header():
    return read_header(GOLDEN / "finished")


@pytest.mark.parametrize("case", CASES, ids=[one["case"] for one in CASES])
def test_whose_run_it_is(case, header):
    run, asked = case["run"], case["owner"]
    recorded = replace(
        header,
        notebook=run.get("notebook"),
        notebook_path=run.get("notebook_path"),
        cell=cell(run["cell"]),
        setup=[Cell(id=None, source=source) for source in run.get("setup", [])],
    )
    owner = Owner(
        notebook=asked["notebook"],
        cell=cell(asked["cell"]),
        cells=lambda: [cell(one) for one in asked.get("cells", [])],
        setup=[Cell(id=None, source=source) for source in asked.get("setup", [])],
    )
    assert match(owner, recorded, lambda path: path in case["exists"]) == case["match"]


@pytest.mark.parametrize("case", CELLS, ids=[one["case"] for one in CELLS])
def test_the_training_cell(case, header):
    recorded = replace(header, cell=cell(case["cell"]))
    cells = [cell({"place": place} | one) for place, one in enumerate(case["cells"])]
    found = case["found"]
    assert cell_of(recorded, cells, case["shows"]) == (found and Found(**found))


def test_an_older_version_wrote_the_notebooks_name_beside_its_runs(header):
    assert recorded_path(replace(header, notebook="a.ipynb", notebook_path=None)) == "../a.ipynb"
    assert recorded_path(replace(header, notebook=None, notebook_path=None)) is None
    assert (
        recorded_path(replace(header, notebook="a.ipynb", notebook_path="../b.ipynb"))
        == "../b.ipynb"
    )


class TestInventory:
    @pytest.fixture
    def stored(self, golden_run):
        def copy(name, **fields):
            run = golden_run("killed", name)
            path = run / "run.json"
            path.write_text(json.dumps(json.loads(path.read_text()) | fields))
            return run

        return copy

    def test_a_cell_that_matches_for_sure_goes_before_one_that_was_edited(self, stored, place):
        now = Owner(notebook=None, cell=Cell(id=None, source="new", place=2))
        stored("mnist-001", cell={"id": None, "source": "old", "place": 2})
        (only,) = Inventory(place).owned("mnist", now)
        assert only[0].name == "mnist-001"
        stored("mnist-002", cell={"id": None, "source": "new", "place": 5})
        (sure,) = Inventory(place).owned("mnist", now)
        assert sure[0].name == "mnist-002"

    def test_a_copy_owns_nothing_until_the_original_is_gone(self, stored, place):
        stored("mnist-001", notebook_path="../a.ipynb", cell={"id": "c", "source": "x"})
        copy = Owner(notebook="../b.ipynb", cell=Cell(id="c", source="x"))
        original = place.parent / "a.ipynb"
        original.touch()
        assert Inventory(place).owned("mnist", copy) == []
        original.unlink()
        assert len(Inventory(place).owned("mnist", copy)) == 1

    def test_a_run_that_cannot_be_read_costs_only_itself(self, stored, place):
        stored("mnist-001")
        (stored("mnist-002") / "run.json").write_text("{")
        there = Inventory(place)
        assert [path.name for path, _ in there.named("mnist")] == ["mnist-001"]
        (told,) = there.take_unreadable()
        assert "mnist-002 cannot be read and is left out" in told
        assert there.take_unreadable() == []


def test_what_an_older_version_did_not_write_is_taken_for_a_complete_execution_of_one_call(
    golden_run,
):
    path = golden_run("killed", "mnist-001") / "run.json"
    data = json.loads(path.read_text())
    for name in ("notebook_path", "execution", "call", "execution_complete", "start"):
        del data[name]
    path.write_text(json.dumps(data))
    found = read_header(path.parent)
    assert (found.execution, found.call, found.execution_complete) == ("", 1, True)
