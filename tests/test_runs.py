from __future__ import annotations

import json
import math
import shutil

import pytest

import kresume_nb as kr
from kresume_nb.errors import NewerSchemaError, RunNotFoundError


def set_header(run, **changes):
    path = run / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_runs_are_listed_in_the_order_of_their_numbers(golden_run, place):
    for number in (2, 10, 1, 1000, 999):
        golden_run("finished", f"mnist-{number:03d}")
    golden_run("killed", "alpha-007")
    assert [one.name for one in kr.runs()] == [
        "alpha-007",
        "mnist-001",
        "mnist-002",
        "mnist-010",
        "mnist-999",
        "mnist-1000",
    ]
    assert [one.name for one in kr.runs(place)] == [one.name for one in kr.runs(str(place))]


def test_what_is_no_run_folder_is_left_out(golden_run, place):
    golden_run("finished", "mnist-001")
    golden_run("finished", "unnumbered")
    (place / "notes.txt").write_text("mine")
    (place / "begun-001").mkdir()  # killed before it had a header
    assert [one.name for one in kr.runs()] == ["mnist-001"]


@pytest.mark.usefixtures("place")
def test_a_folder_without_runs_is_an_empty_list():
    assert list(kr.runs()) == []
    assert repr(kr.runs("nowhere")) == "no runs"
    assert "<tbody></tbody>" in kr.runs()._repr_html_()


def test_a_slice_of_runs_is_a_list_of_runs(golden_run):
    for number in (1, 2, 3):
        golden_run("finished", f"mnist-{number:03d}")
    newest = kr.runs()[-2:]
    assert [one.name for one in newest] == ["mnist-002", "mnist-003"]
    assert newest._repr_html_().count("<tr>") == 3
    assert len(repr(newest).splitlines()) == 2


def test_a_run_is_found_by_name_by_base_name_and_by_path(golden_run, place, tmp_path):
    golden_run("killed", "mnist-001")
    golden_run("finished", "mnist-002")
    elsewhere = tmp_path / "copy of a run"
    shutil.copytree(place / "mnist-001", elsewhere)
    assert kr.load_run("mnist-001").name == "mnist-001"
    assert kr.load_run("mnist").name == "mnist-002"
    assert kr.load_run(place / "mnist-001").path == place / "mnist-001"
    assert kr.load_run("kresume_runs/mnist-002").path == place / "mnist-002"
    assert kr.load_run(elsewhere).path == elsewhere


def test_a_run_that_is_not_there_is_said_with_those_that_are(golden_run, place):
    golden_run("finished", "mnist-001")
    with pytest.raises(RunNotFoundError, match="There is no run 'cifar'") as caught:
        kr.load_run("cifar")
    assert "mnist-001" in str(caught.value)
    assert str(place) in str(caught.value)
    assert isinstance(caught.value, FileNotFoundError)


def test_a_finished_run_reads_as_it_trained(golden_run):
    golden_run("finished", "mnist-001")
    run = kr.load_run("mnist")
    assert (run.status, run.parent, run.torn) == ("finished", None, 0)
    assert run.history == {"loss": [0.25, 0.125, 1 / 12], "val_loss": [0.5, 0.4, 0.45]}
    assert run.steps["step"] == list(range(1, 13))
    assert run.steps["learning_rate"][:4] == [0.001, 0.002, 0.003, 0.004]
    assert [one.file for one in run.checkpoints] == [f"epoch-000{n}.keras" for n in (1, 2, 3)]
    assert repr(run) == "<Run mnist-001: finished at epoch 3 of 3 (loss 0.08333, val_loss 0.45)>"


def test_a_killed_run_reads_up_to_its_torn_line(golden_run):
    golden_run("killed", "mnist-001")
    run = kr.load_run("mnist")
    assert (run.status, run.torn) == ("running", 1)
    assert run.steps["step"] == [1, 2, 3, 4, 5, 6]


def test_a_run_with_nan_keeps_it(golden_run):
    golden_run("nan", "mnist-001")
    run = kr.load_run("mnist")
    assert math.isnan(run.history["loss"][0])
    assert run.history["val_loss"] == [math.inf]


def test_no_name_can_inject_html(golden_run):
    hostile = "<img src=x onerror=alert(1)>-001"
    run = golden_run("killed", hostile)
    journal = run / "journal.jsonl"
    journal.write_text(journal.read_text().replace('"loss"', '"<script>loss</script>"'))
    html = kr.runs()._repr_html_()
    assert "&lt;img src=x onerror=alert(1)&gt;-001" in html
    assert "&lt;script&gt;loss&lt;/script&gt;" in html
    assert "<img" not in html
    assert "<script" not in html


def test_a_newer_schema_is_refused_naming_both_versions(golden_run):
    set_header(golden_run("finished", "mnist-001"), schema=99)
    with pytest.raises(NewerSchemaError, match=r"schema version 99, .* reads up to 1"):
        kr.load_run("mnist")


def test_a_run_shows_as_panel_picture_and_text(golden_run):
    golden_run("resumed", "mnist-001")
    run = kr.load_run("mnist")
    data = run._repr_mimebundle_(include=None, exclude=None)
    assert data["application/vnd.kresume.run+json"]["folder"] == "kresume_runs/mnist-001"
    assert data["image/png"].startswith(b"\x89PNG")
    assert data["text/plain"] == repr(run)


def test_a_checkpoint_that_is_not_kept_is_said_with_those_that_are(golden_run):
    golden_run("killed", "mnist-001")
    with pytest.raises(
        RunNotFoundError, match="does not keep a checkpoint after 7 epochs"
    ) as caught:
        kr.load_run("mnist").load_model(epoch=7)
    assert "epoch-0001.keras" in str(caught.value)


def test_a_run_that_cannot_be_read_does_not_hide_the_others(place, golden_run):
    golden_run("killed", "mnist-001")
    golden_run("finished", "mnist-002")
    broken = golden_run("nan", "mnist-003")
    (broken / "run.json").write_text("{")
    with pytest.warns(UserWarning, match="mnist-003 is left out"):
        found = kr.runs(broken.parent)
    assert [one.name for one in found] == ["mnist-001", "mnist-002"]
