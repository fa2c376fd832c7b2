from __future__ import annotations

import base64
import json
import random
import shutil
import sys
import time

import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell

from kresume_nb.run import codec, layout
from kresume_nb.run.fold import Fold
from kresume_nb.run.reader import read_journal
from kresume_nb.run.records import Bundle, Epoch, Position, Steps
from kresume_nb.view.display import Display, bundle, sentence

MIME = "application/vnd.kresume.run+json"
VIEW = "application/vnd.jupyter.widget-view+json"


def test_the_bundle_says_where_the_run_lies_seen_from_the_notebook(tmp_path):
    run = tmp_path / "notebooks" / "kresume_runs" / "mnist-001"
    data = bundle(run, tmp_path / "notebooks")
    assert data == {MIME: {"schema": 1, "run": "mnist-001", "folder": "kresume_runs/mnist-001"}}
    assert codec.decode(Bundle, data[MIME]).folder == "kresume_runs/mnist-001"


def test_a_run_beside_the_notebook_s_folder_is_reached_with_dots(tmp_path):
    data = bundle(tmp_path / "scratch" / "mnist-001", tmp_path / "notebooks")
    assert data[MIME]["folder"] == "../scratch/mnist-001"


def test_the_bundle_does_not_grow_with_the_run(golden):
    assert len(json.dumps(bundle(golden / "finished", golden))) < 200


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("finished", "a-001: finished at epoch 3 of 3 (loss 0.08333, val_loss 0.45)"),
        ("killed", "a-001: running or stopped at epoch 1 of 3, batch 2 of 4 (loss 0.25)"),
        ("nan", "a-001: failed at epoch 1 of 3, batch 2 of 4 (loss nan, val_loss inf)"),
    ],
)
def test_a_sentence_says_how_a_run_stands(kind, expected, golden):
    assert sentence("a-001", read_journal(golden / kind).fold) == expected


def test_a_run_without_epochs_has_a_sentence():
    assert sentence("a-001", Fold()) == "a-001: running or stopped at epoch 0 of 0"


def test_an_output_stays_small_whatever_the_run_is_like(published, tmp_path):
    """200 epochs of noise, killed often, with 300 metrics of long names."""
    fold = Fold(batches=50, epochs=200)
    chance = random.Random(1)
    metrics = [f"head_{number}/{'m' * 200}" for number in range(300)]
    for epoch in range(1, 201):
        at = Position(epoch=epoch - 1, batch=0, step=50 * (epoch - 1))
        fold.resumes.append(at)
        fold.feed([
            Steps(
                time=0.0, step=at.step + 1, epoch=epoch, batch=1, count=50,
                logs={"loss": [chance.random() for _ in range(50)]},
                learning_rate=[chance.random() for _ in range(50)],
            ),
            Epoch(
                time=0.0, epoch=epoch, step=50 * epoch, learning_rate=0.1, seconds=1.0,
                logs={"loss": chance.random(), "val_loss": chance.random()}
                | dict.fromkeys(metrics, 0.5),
            ),
        ])  # fmt: skip
    run = tmp_path / "many-001"
    run.mkdir()
    (run / layout.HEADER).write_text("{}")
    shown = Display(run, tmp_path)
    shown.show()
    shown.finish(fold)
    assert len(json.dumps(published[-1]["data"])) <= 100_000
    assert published[-1]["data"]["text/plain"].endswith(" and 294 more)")
    assert len(published[-1]["data"]["text/plain"]) < 1000


@pytest.fixture
def run(golden, tmp_path):
    """A run folder that can be written into."""
    return shutil.copytree(golden / "finished", tmp_path / "finished-001")


def wait_for(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def published(monkeypatch):
    """What IPython shows, as a front end receives it."""
    shell = InteractiveShell.instance()
    publisher = CapturingDisplayPublisher(shell=shell)
    monkeypatch.setattr(shell, "display_pub", publisher)
    yield publisher.outputs
    InteractiveShell.clear_instance()


def test_the_panel_shows_at_once_and_ends_as_a_picture_in_the_same_place(golden, published):
    run = golden / "finished"
    shown = Display(run, golden)
    shown.show()
    fold = read_journal(run).fold
    shown.finish(fold)
    first, last = published
    assert first["data"].keys() == {MIME, VIEW, "text/plain"}
    assert VIEW not in last["data"], "reopened without its kernel it would hide the picture"
    assert first["data"][MIME]["folder"] == "finished"
    assert last["update"] is True
    assert last["transient"] == first["transient"]
    assert last["data"][MIME] == first["data"][MIME]
    assert base64.b64decode(last["data"]["image/png"]).startswith(b"\x89PNG")
    assert last["data"]["text/plain"] == sentence("finished", fold)


def test_once_a_page_shows_the_run_by_itself_no_widget_stays_in_the_output(published, run):
    shown = Display(run, run.parent)
    shown.show()
    (run / layout.SEEN).write_text("another's")
    (run / layout.SEEN).write_text(published[0]["data"][VIEW]["model_id"])
    wait_for(lambda: len(published) == 2)
    shown.finish(read_journal(run).fold)
    assert published[1]["data"].keys() == {MIME, "text/plain"}
    assert "kr.load_run('finished-001') shows how it stands" in published[1]["data"]["text/plain"]
    assert published[1]["transient"] == published[0]["transient"]
    assert published[2]["data"].keys() == {MIME, "image/png", "text/plain"}


def test_a_display_that_was_never_shown_has_nothing_to_finish(golden, published):
    Display(golden / "finished", golden).finish(Fold())
    assert published == []


def test_without_widgets_the_rest_is_shown_and_the_reason_told(golden, published, monkeypatch):
    monkeypatch.setitem(sys.modules, "kresume_nb.view.widget", None)
    shown = Display(golden / "finished", golden)
    with pytest.warns(UserWarning, match="no widget of finished for front ends without"):
        shown.show()
    shown.finish(read_journal(golden / "finished").fold)
    assert published[0]["data"].keys() == {MIME, "text/plain"}
