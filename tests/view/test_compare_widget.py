from __future__ import annotations

import json
import os
import time
import zipfile
from io import BytesIO

import h5py
import numpy as np
import pytest

import kresume_nb as kr
from kresume_nb.run import layout
from kresume_nb.run.reader import read_journal

VIEW = "application/vnd.jupyter.widget-view+json"
KERNEL = "layers/dense/vars/0"


@pytest.fixture
def asked(golden_run, monkeypatch):
    """The run of a comparison, and what its widget answers."""
    run = golden_run("finished", "adam-001")
    widget = kr.compare("adam-001").widget()
    sent = []
    monkeypatch.setattr(widget, "send", sent.append)

    def ask(what, run="", a=None, b=None, variable=""):
        sent.clear()
        content = {"type": "compare-ask", "id": "7", "what": what, "run": run}
        widget._received(widget, content | {"a": a, "b": b, "variable": variable}, [])
        (said,) = sent
        assert (said["type"], said["id"]) == ("compare-answer", "7")
        return said

    yield run, ask
    widget.close()


def weights(run, file, value):
    content = BytesIO()
    with h5py.File(content, "w") as h5:
        h5[KERNEL] = np.full((2, 3), value, np.float32)
    with zipfile.ZipFile(layout.checkpoint_path(run, file), "w") as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", content.getvalue())


def test_a_widget_shows_the_runs_and_is_nothing_that_a_saved_output_needs(golden_run):
    golden_run("finished", "adam-001")
    found = kr.compare("adam-001")
    widget = found.widget()
    assert widget.folders == [found.runs[0].key]
    assert VIEW not in found._repr_mimebundle_()
    widget.close()


def test_a_run_is_read_anew_each_time(asked):
    run, ask = asked
    first = json.loads(ask("run", run.as_posix())["answer"])
    assert (first["key"], first["summary"]["status"]) == (run.as_posix(), "finished")
    assert first["history"]["loss"][-1] == 1 / 12
    (run / "marks.json").write_text('{"schema":1,"title":"Best so far"}')
    assert json.loads(ask("run", run.as_posix())["answer"])["title"] == "Best so far"
    assert json.loads(ask("whole", run.as_posix())["answer"])["title"] == "Best so far"
    (run / "run.json").write_text("{")
    assert "run.json" in json.loads(ask("run", run.as_posix())["answer"])["problem"]


@pytest.mark.parametrize(("age", "lost"), [(1, False), (60, True), (None, False)])
def test_a_run_whose_heart_stands_still_is_lost(asked, golden, age, lost):
    run, ask = asked
    for name in ("journal.jsonl", "history.json"):
        (run / name).unlink(missing_ok=True)
    (run / "journal.jsonl").write_bytes((golden / "killed" / "journal.jsonl").read_bytes())
    beat = run / layout.HEARTBEAT
    beat.unlink(missing_ok=True)
    if age is not None:
        beat.touch()
        os.utime(beat, (time.time() - age,) * 2)
    said = ask("run", run.as_posix())
    assert json.loads(said["answer"])["summary"]["status"] == "running"
    assert said["lost"] is lost


def test_checkpoints_are_laid_side_by_side(asked):
    run, ask = asked
    a, b = (one.file for one in read_journal(run, keep_steps=False).fold.checkpoints[-2:])
    weights(run, a, 1)
    weights(run, b, 2)
    sides = [{"run": run.as_posix(), "file": file} for file in (a, b)]
    found = json.loads(ask("changes", a=sides[0], b=sides[1])["answer"])
    assert (found["total"]["count"], found["total"]["relative"]) == (6, 1)
    series = json.loads(ask("series", run.as_posix())["answer"])
    assert series["files"] == [a, b]
    spread = json.loads(ask("histogram", "", *sides, KERNEL)["answer"])
    assert sum(spread["a"]) == sum(spread["b"]) == 6


def test_what_cannot_be_read_is_said_and_nothing_else_can_be_asked_for(asked, golden_run):
    run, ask = asked
    other = golden_run("finished", "other-001")
    assert "no run" in ask("run", other.as_posix())["problem"]
    kept = read_journal(run, keep_steps=False).fold.checkpoints[-1].file
    own = {"run": run.as_posix(), "file": kept}
    for file in ("../run.json", "epoch-9999.keras"):
        said = ask("changes", a=own, b=own | {"file": file})
        assert "does not keep" in said["problem"]
        assert said["answer"] == ""
    layout.checkpoint_path(run, kept).write_bytes(b"PK")
    assert kept in ask("changes", a=own, b=own)["problem"]
    assert "two checkpoints" in ask("changes", a=own)["problem"]


@pytest.mark.parametrize("content", [None, 3, {}, {"type": "newer"}, {"type": "compare-ask"}])
def test_what_is_no_question_is_passed_over(golden_run, content, monkeypatch):
    golden_run("finished", "adam-001")
    widget = kr.compare("adam-001").widget()
    sent = []
    monkeypatch.setattr(widget, "send", sent.append)
    widget._received(widget, content, [])
    assert sent == []
    widget.close()
