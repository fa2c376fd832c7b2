from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import kresume_nb as kr
from kresume_nb.errors import ArgumentError
from kresume_nb.run import ownership, sources, writer
from kresume_nb.run.masking import digest, masked, same_source
from kresume_nb.run.reader import read_header
from kresume_nb.run.records import Cell
from kresume_nb.server.cells import CannotRunError, plan

CASES = json.loads((Path(__file__).parents[1] / "golden" / "masking.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["source"][:24])
def test_secrets_are_masked_and_nothing_else(case):
    assert masked(case["source"]) == case["masked"]
    assert masked(case["masked"]) == case["masked"]
    assert same_source(case["source"], case["masked"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["source"][:24])
def test_a_digest_stands_in_the_place_of_a_source(case):
    assert digest(case["source"]) == case["digest"] == digest(case["digest"])
    assert same_source(case["source"], case["digest"])
    assert not same_source(case["source"] + "\nzzz = 1", case["digest"])


def test_a_header_without_sources_is_compared_by_digests(tmp_path, generate, monkeypatch):
    monkeypatch.setenv("KRESUME_KEEP_SOURCES", "0")
    path = writer.new_folder(tmp_path, "mnist")
    one = writer.RunWriter(path, writer.lock(path))
    cells = [Cell(id="a", source="x = 1  # private"), Cell(id=None, source="model.fit()")]
    header = replace(generate.HEADER, cell=cells[1], setup=cells[:1])
    one.write_header(header)
    one.close()
    assert "private" not in (path / "run.json").read_text()
    stored = read_header(path)
    assert ownership.same_origin(stored, header)
    owner = ownership.Owner(None, replace(cells[1], source="model.fit()\n"))
    assert ownership.match(owner, stored, lambda _: False) == "yes"
    other = ownership.Owner(None, replace(cells[1], source="model.fit(2)"))
    assert ownership.match(other, stored, lambda _: False) == "no"
    assert cells_to_run(stored, cells) == ["x = 1  # private", "model.fit()"]
    changed = [replace(cells[0], source="x = 2"), cells[1]]
    with pytest.raises(CannotRunError, match="cells changed since"):
        cells_to_run(stored, changed)


def cells_to_run(header, notebook):
    code = [
        {"cell_type": "code", "id": one.id, "source": one.source, "metadata": {"trusted": True}}
        for one in notebook
    ]
    return [step.source for step in plan(header, code)]


def test_of_a_cell_that_first_ran_after_the_training_only_a_digest_is_stored(tmp_path, generate):
    path = writer.new_folder(tmp_path, "mnist")
    one = writer.RunWriter(path, writer.lock(path))
    before, later = Cell(id="a", source="x = 1"), Cell(id="b", source="plot(x)", late=True)
    training = Cell(id="c", source="model.fit()")
    one.write_header(replace(generate.HEADER, cell=training, setup=[before, later]))
    one.close()
    stored = read_header(path)
    assert stored.setup == [before, replace(later, source=digest("plot(x)"))]
    # Moved above the training cell it is run, with or without its id; below it is not.
    for found in (later, replace(later, id=None)):
        told = ["x = 1", "plot(x)", "model.fit()"]
        assert cells_to_run(stored, [before, found, training]) == told
    assert cells_to_run(stored, [before, training, later]) == ["x = 1", "model.fit()"]


def test_the_setting_is_one_of_the_process(monkeypatch):
    monkeypatch.delenv("KRESUME_KEEP_SOURCES", raising=False)
    assert sources.kept()
    kr.configure(keep_sources=False)
    kr.configure()
    assert not sources.kept()
    kr.configure(keep_sources=True)
    assert sources.kept()
    with pytest.raises(ArgumentError, match=r"takes True or False\. Received: 'no'"):
        kr.configure(keep_sources="no")
    monkeypatch.setenv("KRESUME_KEEP_SOURCES", "off")
    assert not sources.kept()


def test_another_secret_is_no_other_cell_and_other_code_is():
    assert same_source('login("one")\nx = 1', 'login("two")\nx = 1')
    assert not same_source('login("one")\nx = 1', 'login("one")\nx = 2')


def test_a_header_is_written_without_the_secrets_of_its_cells(tmp_path, generate):
    path = writer.new_folder(tmp_path, "mnist")
    one = writer.RunWriter(path, writer.lock(path))
    cells = [Cell(id="a", source='token = "t0p-secret"'), Cell(id="b", source="x = 1")]
    one.write_header(replace(generate.HEADER, cell=cells[0], setup=cells))
    one.close()
    text = (path / "run.json").read_text()
    assert "t0p-secret" not in text
    assert text.count("<masked>") == 2
    assert "x = 1" in text
