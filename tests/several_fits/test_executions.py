"""What an execution makes of the one before it: complete, broken, and what its reader is told."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.law


def runs(place):
    return sorted(path.name for path in (place / "kresume_runs").iterdir())


def header(place, name):
    return json.loads((place / "kresume_runs" / name / "run.json").read_text())


def test_the_nth_call_begins_the_nth_run_of_one_execution(programs):
    place = programs.place("search")
    programs.execute("search", place)
    headers = [header(place, name) for name in runs(place)]
    assert [one["call"] for one in headers] == [1, 2, 3, 4]
    assert len({one["execution"] for one in headers}) == 1
    assert all(one["execution_complete"] for one in headers)


def test_a_complete_execution_that_is_run_again_trains_again(programs):
    place = programs.place("search")
    first = programs.execute("search", place)
    second = programs.execute("search", place)
    assert second["result"] == first["result"]
    assert second["steps"] == first["steps"]
    assert len(runs(place)) == 8


def test_one_that_was_killed_after_its_last_training_is_given_back(programs):
    place = programs.place("search")
    first = programs.execute("search", place, ends="killed")
    second = programs.execute("search", place)
    assert second["result"] == first["result"]
    assert second["steps"] == 0
    assert len(runs(place)) == 4
    for name in runs(place):
        assert f"kresume_nb: {name} was done before and is not trained again" in second["said"]
    third = programs.execute("search", place)
    assert third["steps"] == first["steps"], "the second came to its end"


def test_what_is_given_back_is_not_touched(programs, tree_digest):
    place = programs.place("search")
    programs.execute("search", place, kill=24)
    before = tree_digest(place / "kresume_runs" / "loop-001")
    programs.execute("search", place, kill=4)
    assert tree_digest(place / "kresume_runs" / "loop-001") == before


def test_never_trains_every_call_anew(programs):
    place = programs.place("search")
    programs.execute("search", place, kill=24)
    again = programs.execute("search", place, resume="never")
    assert again["result"] == programs.unbroken("search")["result"]
    assert again["steps"] == programs.unbroken("search")["steps"]


def test_a_cell_and_a_script_keep_their_runs_apart(programs):
    place = programs.place("search")
    (place / "loop.ipynb").touch()
    programs.execute("search", place, kill=24, how="by hand")
    script = programs.execute("search", place)
    assert script["steps"] == programs.unbroken("search")["steps"]
