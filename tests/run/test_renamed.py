"""Under which name a training cell's runs go on once its notebook has another."""

from __future__ import annotations

import json

import pytest

from kresume_nb.run.inventory import Inventory
from kresume_nb.run.ownership import Owner
from kresume_nb.run.records import Cell
from kresume_nb.run.renamed import base_of

CELL = Cell(id="c", source="kr.fit(a)")


@pytest.fixture
def stored(golden_run):
    def copy(name, **fields):
        path = golden_run("killed", name) / "run.json"
        told = {"notebook_path": "../a.ipynb", "cell": {"id": "c", "source": "kr.fit(a)"}}
        path.write_text(json.dumps(json.loads(path.read_text()) | told | fields))

    return copy


def base(place, cell=CELL, notebook="../b.ipynb"):
    return base_of(Inventory(place), Owner(notebook=notebook, cell=cell), "b")


def test_a_renamed_notebooks_runs_keep_their_name(stored, place):
    stored("a-001")
    assert base(place) == "a"
    assert base(place, Cell(id="d", source="kr.fit(b)")) == "b"  # another cell's are named anew


def test_a_copys_are_named_after_the_copy(stored, place):
    (place.parent / "a.ipynb").touch()
    stored("a-001")
    assert base(place) == "b"


def test_runs_under_the_present_name_go_first(stored, place):
    stored("a-001")
    stored("b-001", notebook_path="../b.ipynb")
    assert base(place) == "b"


def test_whose_new_path_was_written_down_they_keep_it_too(stored, place):
    """As the server does, and as each training after the rename does."""
    (place.parent / "b.ipynb").touch()
    stored("a-001", notebook_path="../b.ipynb", notebook="b.ipynb", default_name=True)
    assert base(place) == "a"
    stored("a-002", notebook_path="../b.ipynb", created=9e9)  # since then a person names it
    assert base(place) == "b"


def test_renamed_twice_the_newest_name_counts(stored, place):
    stored("a-001", created=1.0)
    stored("c-001", created=2.0, notebook_path="../c.ipynb")
    assert base(place) == "c"


def test_a_name_that_a_person_gave_is_not_the_notebooks(stored, place):
    stored("mine-001")
    assert base(place) == "b"


def test_a_script_takes_nothing_of_one_that_is_gone(stored, place):
    stored("a-001", notebook_path="../a.py", cell=None)
    assert base(place, None, "../b.py") == "b"


def test_what_cannot_be_read_does_not_matter(stored, place):
    stored("a-001")
    stored("z-001", schema=99)
    assert base(place) == "a"
