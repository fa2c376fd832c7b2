from __future__ import annotations

import json

import pytest

import kresume_nb as kr
from kresume_nb.errors import ArgumentError, MissingPandasError, RunNotFoundError

MIME = "application/vnd.kresume.compare+json"


def set_header(run, **changes):
    path = run / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def parent(name, epoch=1):
    return {"run": name, "checkpoint": f"epoch-{epoch:04d}.keras", "epoch": epoch}


@pytest.fixture
def two(golden_run):
    golden_run("finished", "adam-001")
    other = golden_run("controlled", "sgd-001")
    set_header(other, batch_size=64, compile={"optimizer": "sgd", "loss": "mse"})
    return kr.compare("adam", "sgd")


def test_runs_are_given_by_name_by_path_or_as_they_are(golden_run):
    golden_run("finished", "adam-001")
    path = golden_run("killed", "adam-002")
    found = kr.compare(kr.load_run("adam-001"), path, "adam-001", "adam")
    assert list(found.labels.values()) == ["adam-001", "adam-002"]


def test_one_run_is_compared_with_its_family(golden_run):
    for name in ("net-001", "net-002", "net-003", "net-004", "other-001"):
        golden_run("finished", name)
    for name, of in (("net-002", "net-001"), ("net-003", "net-002"), ("net-004", "net-001")):
        set_header(kr.load_run(name).path, parent=parent(of))
    assert list(kr.compare("net-002").labels.values()) == ["net-001", "net-002", "net-003"]
    assert list(kr.compare("net-001").labels.values()) == [f"net-00{n}" for n in (1, 2, 3, 4)]
    assert list(kr.compare("other").labels.values()) == ["other-001"]


def test_the_table_has_best_and_final_values(two):
    adam, sgd = two.table
    assert two.metric == "loss"
    assert (adam.label, adam.best.epoch, adam.final.value) == ("adam-001", 3, 1 / 12)
    assert sgd.status == "running"
    assert "adam-001" in repr(two.table)
    assert "<td" in two.table._repr_html_()


def test_differences_are_those_of_arguments_and_of_cells(two, golden_run):
    names = [one.name for one in two.differences.facts]
    assert names == ["data.batch_size", "compile.optimizer"]
    assert two.differences.code == {}
    other = golden_run("finished", "adam-002")
    set_header(
        other, cell={"id": "cell-train", "source": "history = kr.fit(model, x, y, epochs=9)"}
    )
    changed = kr.compare("adam-001", "adam-002").differences
    assert [one.training for one in changed.code["adam-002"]] == [True]
    assert "+ history = kr.fit(model, x, y, epochs=9)" in repr(changed)
    assert not kr.compare("adam-001").differences


def test_lineage_is_a_tree(golden_run):
    golden_run("finished", "net-001")
    set_header(golden_run("finished", "net-002"), parent=parent("net-001", 2))
    set_header(golden_run("finished", "net-003"), parent=parent("gone-001"))
    shown = repr(kr.compare("net-001", "net-002", "net-003").lineage)
    assert "└─ net-002 (fork after epoch 2)" in shown
    assert "net-003 (fork of gone-001, which is not here, after epoch 1)" in shown


def test_a_run_that_cannot_be_read_is_shown_for_what_it_is(golden_run):
    golden_run("finished", "net-001")
    set_header(golden_run("finished", "net-002"), schema=99)
    (golden_run("finished", "net-003") / "run.json").write_text("{")
    found = kr.compare("net-001", "net-002", "net-003")
    assert [one.status for one in found.table] == ["finished", "unreadable", "unreadable"]
    assert "schema version 99" in repr(found)
    assert found.plot().axes[0].get_lines()


def test_it_shows_itself_everywhere(two):
    data = two._repr_mimebundle_()
    assert data[MIME]["folders"] == ["kresume_runs/adam-001", "kresume_runs/sgd-001"]
    assert data[MIME]["view"]["x"] == "epoch"
    assert data["image/png"].startswith(b"\x89PNG")
    assert "adam-001" in data["text/plain"]
    assert "<table>" in data["text/html"]


def test_names_from_files_are_text_never_html(golden_run):
    run = golden_run("finished", "net-001")
    set_header(run, compile={"optimizer": "<script>alert(1)</script>"})
    (run / "marks.json").write_text('{"schema":1,"title":"<img src=x>"}')
    set_header(golden_run("finished", "net-002"), compile={"optimizer": "<b>"})
    found = kr.compare("net-001", "net-002")
    html = found._repr_mimebundle_()["text/html"] + found.differences._repr_html_()
    assert "&lt;img src=x&gt;" in html
    assert "<script" not in html
    assert "<img" not in html


def test_too_many_runs_and_none_are_refused(golden_run):
    golden_run("finished", "net-001")
    with pytest.raises(ArgumentError, match=r"1 to 50 runs\. Received: 0"):
        kr.compare()
    with pytest.raises(ArgumentError, match="Received: 51"):
        kr.compare(*["net-001"] * 51)
    with pytest.raises(RunNotFoundError, match="'gone'"):
        kr.compare("net-001", "gone")


def test_a_checkpoint_that_is_not_kept_is_refused_in_words(two):
    with pytest.raises(
        RunNotFoundError, match=r"adam-001 does not keep a checkpoint 9. Kept: epoch"
    ):
        two.checkpoints(("adam-001", 9), "sgd-001")
    with pytest.raises(RunNotFoundError, match=r"no run 'rms'.*adam-001, sgd-001"):
        two.checkpoints("rms", "sgd-001")


def test_frames_have_a_row_an_epoch(two):
    frame = two.frame()
    assert list(frame.loc["adam-001"].index) == [1, 2, 3]
    assert frame.loc[("adam-001", 3), "loss"] == 1 / 12
    run = kr.load_run("adam")
    assert run.frame()["val_loss"].tolist() == run.history["val_loss"]
    assert run.frame("steps")["loss"].tolist() == run.steps["loss"]


def test_without_pandas_frames_say_what_to_do(two, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingPandasError, match="pip install pandas"):
        two.frame()
