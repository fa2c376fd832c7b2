from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

import kresume_nb as kr
from kresume_nb.errors import RunNotFoundError
from kresume_nb.view import feed, widget


@pytest.fixture
def make(golden, tmp_path, monkeypatch):
    """A widget of a copy of a golden run, and what it sent."""
    monkeypatch.setattr(feed, "INTERVAL", 0.001)
    monkeypatch.setattr(feed, "_CATCH_UP", 0.0)
    made = []

    def show(kind="finished", ask=None):
        run = tmp_path / "golden-001"
        shutil.copytree(golden / kind, run)
        one = kr.TrainingWidget(run, ask=ask)
        made.append(one)
        sent = []
        monkeypatch.setattr(one, "send", sent.append)
        return one, sent

    yield show
    for one in made:
        one.finish()
        one.close()


def lines_of(run):
    return (run / "journal.jsonl").read_text().splitlines()


def test_the_run_travels_as_the_widget_s_state(make, golden):
    one, sent = make()
    one.finish()
    assert one.head == lines_of(golden / "finished")
    assert (one.name, one.header) == (
        "golden-001",
        (golden / "finished" / "run.json").read_text(),
    )
    assert all(message["lines"] == [] for message in sent)


@pytest.mark.parametrize("limit", ["_HEAD_BYTES", "_HEAD_SECONDS"])
def test_the_state_is_bounded_and_what_follows_is_sent(limit, make, golden, monkeypatch):
    monkeypatch.setattr(widget, limit, 0)
    one, sent = make()
    one.finish()
    assert one.head == []
    pieces = [message for message in sent if message["lines"]]
    assert [line for piece in pieces for line in piece["lines"]] == lines_of(golden / "finished")
    assert pieces[0]["first"] == 0


def test_the_state_never_takes_what_comes_after_something_sent(make, golden, monkeypatch):
    monkeypatch.setattr(feed, "_PIECE", 600)
    monkeypatch.setattr(widget, "_HEAD_BYTES", 900)
    one, sent = make()
    one.finish()
    pieces = [message for message in sent if message["lines"]]
    lines = [*one.head, *(line for piece in pieces for line in piece["lines"])]
    assert lines == lines_of(golden / "finished")
    assert 0 < len(one.head) == pieces[0]["first"]


def test_a_page_that_comes_late_gets_the_run_from_where_it_likes(make, golden):
    one, sent = make()
    one.finish()
    sent.clear()
    one._received(one, {"type": "reopen", "id": "7", "first": 3}, [])
    one.finish()
    assert sent[0] == {"type": "heard", "id": "7", "taken": True}
    assert [line for message in sent[1:] for line in message["lines"]] == lines_of(
        golden / "finished"
    )[3:]


def wish(name):
    control = {"schema": 1, "id": name, "action": "pause", "value": None, "time": 1.0}
    return {"type": "wish", "control": control}


@pytest.mark.parametrize("there", [True, False, None])
def test_a_wish_is_handed_on_and_the_page_told_whether_somebody_took_it(there, make):
    asked = []
    one, sent = make(ask=None if there is None else lambda wanted: asked.append(wanted) or there)
    one._received(one, wish("w"), [])
    assert {"type": "heard", "id": "w", "taken": bool(there)} in sent
    assert [(item.id, item.action) for item in asked] == ([] if there is None else [("w", "pause")])


@pytest.mark.parametrize(
    "content",
    [None, 7, [], {}, {"type": 7}, {"type": "wish"}, {"type": "wish", "control": {"id": "a"}},
     {"type": "reopen", "id": "a", "first": "0"}, {"type": "explode"}],
)  # fmt: skip
def test_what_is_no_message_is_passed_over(content, make):
    asked = []
    one, sent = make(ask=asked.append)
    one.finish()
    sent.clear()
    one._received(one, content, [])
    assert (sent, asked) == ([], [])


def test_it_is_made_of_a_run_or_of_a_path(golden):
    for run in (kr.load_run(golden / "killed"), str(golden / "killed")):
        one = kr.TrainingWidget(run)
        assert one.name == "killed"
        one.finish()
        one.close()


def test_a_folder_that_is_no_run_is_named(tmp_path):
    with pytest.raises(RunNotFoundError, match="is not a run folder: it has no run"):
        kr.TrainingWidget(tmp_path)


def test_a_very_long_header_stays_at_home(golden, tmp_path, monkeypatch):
    monkeypatch.setattr(widget, "_HEADER_BYTES", 10)
    one = kr.TrainingWidget(golden / "finished")
    assert one.header == ""
    one.finish()
    one.close()


def test_a_script_that_trains_loads_no_widgets(tmp_path):
    code = (
        "import sys, keras, numpy as np, kresume_nb as kr\n"
        "model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])\n"
        "model.compile('sgd', 'mse', run_eagerly=True)\n"
        "kr.fit(model, np.ones((4, 2)), np.ones((4, 1)), verbose=0)\n"
        "print(*({'ipywidgets', 'anywidget'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == ""
