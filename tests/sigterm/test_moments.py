"""SIGTERM at every kind of moment of a training: saved, said, ended, and gone on from."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kresume_nb.run import codec, layout
from kresume_nb.run.reader import read_journal
from kresume_nb.run.records import End, JournalEvent, Start

sys.path.insert(0, str(Path(__file__).parents[1]))
from forking import Zygote

EPOCHS, BATCHES = 3, 4

# The moment, and after how many steps training ends by it: at the first boundary that can be saved.
MOMENTS = {
    "before the first step": (["train_begin", 1], 1),
    "as an epoch begins": (["epoch_begin", 2], 5),
    "as a step begins": (["batch_begin", 2], 2),
    "in a step": (["batch_end", 3], 3),
    "in the last step of an epoch": (["batch_end", 4], 4),
    "as validation begins": (["test_begin", 1], 4),
    "in validation": (["test_batch_end", 1], 4),
    "as an epoch ends": (["epoch_end", 2], 8),
    "while a checkpoint is written": (["writing", 2], None),
}
LATE = {
    "in the very last validation": ["test_batch_end", 2 * EPOCHS],
    "as the last epoch ends": ["epoch_end", EPOCHS],
    "as training ends": ["train_end", 1],
    "while the last checkpoint is written": ["writing", 3],
}


@pytest.fixture(scope="module")
def zygote(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("sigterm"))
    made = Zygote(Path(__file__).with_name("process.py"), {"TMPDIR": folder})
    yield made
    made.close()


@pytest.fixture
def train(zygote, tmp_path) -> Callable[..., tuple[int, Any]]:
    def run(**job: Any) -> tuple[int, Any]:
        out, log = tmp_path / "out.json", tmp_path / "log"
        out.unlink(missing_ok=True)
        job |= {"place": str(tmp_path), "out": str(out), "log": str(log)}
        code = zygote.run(job)
        assert code != 1, log.read_text()
        return code, json.loads(out.read_text()) if out.exists() else None

    return run


@pytest.fixture(scope="module")
def unbroken(zygote, tmp_path_factory):
    place = tmp_path_factory.mktemp("unbroken")
    out = place / "out.json"
    assert zygote.run({"place": str(place), "out": str(out), "log": str(place / "log")}) == 0
    return json.loads(out.read_text())


def the_run(tmp_path: Path) -> Path:
    (found,) = (tmp_path / layout.FOLDER).glob("net-*")
    return found


def events(tmp_path: Path) -> list[JournalEvent]:
    lines = (the_run(tmp_path) / layout.JOURNAL).read_bytes().splitlines()
    return [codec.load_event(line) for line in lines]


def saved(tmp_path: Path) -> int:
    """Steps of the newest checkpoint, which has its file."""
    run = the_run(tmp_path)
    newest = read_journal(run).fold.checkpoints[-1]
    assert layout.checkpoint_path(run, newest.file).exists()
    return newest.position.step


@pytest.mark.parametrize("moment", MOMENTS)
def test_it_is_saved_at_the_next_boundary_and_goes_on_as_if_nothing_had_been(
    moment, train, unbroken, tmp_path
):
    sent, steps = MOMENTS[moment]
    code, _ = train(moment=sent)
    assert code == -signal.SIGTERM
    fold = read_journal(the_run(tmp_path)).fold
    assert (fold.status, fold.reason) == ("interrupted", "terminated")
    assert saved(tmp_path) == fold.position.step, "no step is to be done again"
    if steps is not None:
        assert fold.position.step == steps
    code, found = train()
    assert code == 0
    assert found["history"] == unbroken["history"]
    assert found["weights"] == unbroken["weights"]
    assert len(read_journal(the_run(tmp_path)).fold.resumes) == 1


@pytest.mark.parametrize("moment", LATE)
def test_a_training_that_was_done_has_finished_and_the_process_ends(moment, train, tmp_path):
    code, _ = train(moment=LATE[moment])
    assert code == -signal.SIGTERM
    fold = read_journal(the_run(tmp_path)).fold
    assert (fold.status, fold.reason) == ("finished", "completed")
    assert saved(tmp_path) == EPOCHS * BATCHES
    assert (the_run(tmp_path) / layout.HISTORY).exists()


def test_a_second_one_ends_the_process_at_once(train, tmp_path):
    code, _ = train(moment=["batch_end", 3, 2])
    assert code == -signal.SIGTERM
    assert read_journal(the_run(tmp_path)).fold.status == "running", "as after a kill"


def test_a_handler_that_ends_the_process_is_called_when_all_is_saved(train, unbroken, tmp_path):
    code, _ = train(moment=["batch_end", 6], handler="exits")
    assert code == 3
    fold = read_journal(the_run(tmp_path)).fold
    assert (fold.status, fold.reason, saved(tmp_path)) == ("interrupted", "terminated", 6)
    _, found = train()
    assert found["weights"] == unbroken["weights"]


@pytest.mark.parametrize("moment", [["batch_end", 6], ["test_begin", 2], ["train_end", 1]])
def test_a_handler_that_lets_training_go_on_is_called(moment, train, unbroken, tmp_path):
    code, found = train(moment=moment, handler="returns")
    assert code == 0
    assert found["told"] == [signal.SIGTERM]
    assert found["put_back"]
    assert (found["history"], found["weights"]) == (unbroken["history"], unbroken["weights"])
    fold = read_journal(the_run(tmp_path)).fold
    assert (fold.status, fold.resumes) == ("finished", [])
    if moment[0] != "train_end":
        said = [one for one in events(tmp_path) if isinstance(one, Start | End)]
        assert [type(one) for one in said] == [Start, End, Start, End]
        assert said[1].reason == "terminated"


def test_where_it_is_ignored_nothing_changes(train, unbroken, tmp_path):
    code, found = train(moment=["batch_end", 6], handler="ignored")
    assert code == 0
    assert found["put_back"]
    assert found["history"] == unbroken["history"]


def test_in_another_thread_it_acts_as_ever(train, tmp_path):
    code, _ = train(moment=["batch_end", 6], thread=True)
    assert code == -signal.SIGTERM
    assert read_journal(the_run(tmp_path)).fold.status == "running"
