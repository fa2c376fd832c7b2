from __future__ import annotations

import json
from pathlib import Path

import pytest

from kresume_nb.errors import CorruptRecordError, NewerSchemaError
from kresume_nb.run import migrations
from kresume_nb.run.inventory import Inventory
from kresume_nb.run.migrations import migrate
from kresume_nb.run.reader import read_header
from kresume_nb.run.records import SCHEMA

FILE = Path("kresume_runs/mnist-001/run.json")


def test_todays_schema_is_taken_as_it_is():
    document = {"schema": SCHEMA, "name": "x"}
    assert migrate(document, FILE) == document
    assert migrate(document, FILE) is not document


def test_a_newer_schema_is_refused_naming_both_versions_and_the_cure():
    with pytest.raises(NewerSchemaError) as caught:
        migrate({"schema": SCHEMA + 1}, FILE)
    message = str(caught.value)
    assert f"{FILE} has schema version {SCHEMA + 1}" in message
    assert f"reads up to {SCHEMA}" in message
    assert "pip install -U kresume_nb" in message
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("version", [None, "1", 1.0, True, 0, -1, [1]])
def test_a_document_that_does_not_say_its_version_is_corrupt(version):
    with pytest.raises(CorruptRecordError, match="does not say its schema version"):
        migrate({"schema": version}, FILE)
    with pytest.raises(CorruptRecordError):
        migrate({}, FILE)


def test_old_versions_are_brought_up_one_step_at_a_time(monkeypatch):
    steps = {
        1: lambda data: {**data, "one": data["name"]},
        2: lambda data: {**data, "two": data["one"] * 2},
    }
    monkeypatch.setattr(migrations, "STEPS", steps)
    monkeypatch.setattr(migrations, "SCHEMA", 3)
    assert migrate({"schema": 1, "name": "x"}, FILE) == {
        "schema": 3,
        "name": "x",
        "one": "x",
        "two": "xx",
    }
    assert migrate({"schema": 2, "one": "y"}, FILE) == {"schema": 3, "one": "y", "two": "yy"}


def test_there_is_a_step_from_every_older_version():
    assert sorted(migrations.STEPS) == list(range(1, SCHEMA))


def test_a_run_of_a_newer_version_is_left_untouched(golden_run, place, tree_digest):
    run = golden_run("killed", "mnist-001")
    header = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(header | {"schema": SCHEMA + 1}))
    before = tree_digest(place)
    with pytest.raises(NewerSchemaError):
        read_header(run)
    with pytest.raises(NewerSchemaError):
        Inventory(place).named("mnist")
    assert tree_digest(place) == before
