"""Disks that fill up and break while `kr.fit` trains: it goes on, says so, and loses nothing."""

from __future__ import annotations

import errno
import json
import os
import resource
import subprocess
import sys
import warnings
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np
import pytest

import kresume_nb as kr
from kresume_nb.run.reader import read_journal
from kresume_nb.train.checkpoint import keras_file

pytestmark = pytest.mark.crash

EPOCHS, BATCHES = 6, 3
X = np.linspace(-1, 1, 60, dtype="float32").reshape(12, 5)


class AtEpochs(keras.callbacks.Callback):
    """Calls something as an epoch begins."""

    def __init__(self, actions):
        super().__init__()
        self.actions = actions

    def get_state(self):
        return None

    def set_state(self, state):
        pass

    def on_epoch_begin(self, epoch, logs=None):
        self.actions.get(epoch + 1, lambda: None)()


def train(actions=None, epochs=EPOCHS, **arguments):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(4), keras.layers.Dense(1)])
    model.compile("adam", "mse", run_eagerly=True)
    options = {"batch_size": 4, "epochs": epochs, "verbose": 0, "run": "r", "resume": "auto"}
    options |= {
        "seed": 3,
        "checkpoint": kr.Checkpointing(keep_last=9),
        "callbacks": [AtEpochs(actions or {})],
    }
    history = kr.fit(model, X, X[:, :1], **(options | arguments))
    return history, [np.array(one) for one in model.variables]


@contextmanager
def told():
    """The warnings that a person saw."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        messages = []
        yield messages
        messages += [str(one.message) for one in caught if issubclass(one.category, UserWarning)]


class Broken:
    """Stands in the place of a function, and fails while it is told to."""

    def __init__(self, real, error):
        self.real, self.error, self.on, self.failed = real, error, False, 0

    def __call__(self, *arguments, **options):
        if self.on:
            self.failed += 1
            raise self.error
        return self.real(*arguments, **options)

    def breaks(self):
        self.on = True

    def works(self):
        self.on = False


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "No space left on device"), OSError(errno.EIO, "Input/output error")],
    ids=["full", "broken"],
)
def test_checkpoints_that_cannot_be_written_do_not_stop_the_training(error, monkeypatch):
    expected = train(run="unbroken")
    disk = Broken(keras_file.write, error)
    monkeypatch.setattr(keras_file, "write", disk)
    with told() as messages:
        history, weights = train({2: disk.breaks, 4: disk.works})
    assert disk.failed
    shown = [one for one in messages if "was not saved" in one]
    assert 1 <= len(shown) <= disk.failed
    assert all(error.strerror in one and "Training goes on" in one for one in shown)
    run = kr.load_run("r")
    assert [one for one in run.fold.warnings if error.strerror in one]
    assert run.status == "finished"
    assert run.checkpoints[-1].position.epoch == EPOCHS
    assert all((run.path / "checkpoints" / one.file).exists() for one in run.checkpoints)
    assert history.history == expected[0].history == run.history
    for one, other in zip(weights, expected[1], strict=True):
        np.testing.assert_array_equal(one, other)
    assert not list(run.path.rglob("*.tmp"))


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_system_call_that_fails_for_a_while_loses_nothing(call, monkeypatch):
    disk = Broken(getattr(os, call), OSError(errno.EIO, "Input/output error"))
    monkeypatch.setattr(os, call, disk)
    with told() as messages:
        history, _ = train({2: disk.breaks, 4: disk.works})
    assert any("Input/output error" in one for one in messages)
    run = kr.load_run("r")
    assert run.status == "finished"
    assert run.history == history.history
    assert run.steps["step"] == list(range(1, EPOCHS * BATCHES + 1))
    assert run.checkpoints[-1].position.epoch == EPOCHS
    assert run.torn == 0
    assert not list(run.path.rglob("*.tmp"))


@pytest.mark.usefixtures("place")
def test_a_disk_that_stays_full_costs_the_checkpoints_and_nothing_else(monkeypatch):
    disk = Broken(keras_file.write, OSError(errno.ENOSPC, "No space left on device"))
    monkeypatch.setattr(keras_file, "write", disk)
    with told() as messages:
        history, _ = train({3: disk.breaks})
    assert len(history.epoch) == EPOCHS
    assert any("was not saved" in one for one in messages)
    run = kr.load_run("r")
    assert run.status == "finished"
    assert {one.position.epoch for one in run.checkpoints} <= {0, 1, 2}
    disk.works()
    with told():
        again, _ = train(epochs=EPOCHS + 1)
    assert len(again.epoch) == EPOCHS + 1
    assert again.history["loss"][:EPOCHS] == history.history["loss"]


@pytest.mark.usefixtures("place")
def test_a_saver_that_dies_for_good_does_not_keep_fit_from_returning(monkeypatch):
    """No `Exception`: what ends a thread whatever it catches."""

    def dies(*_):
        raise SystemExit("the thread's own end")

    monkeypatch.setattr(keras_file, "write", dies)
    with told() as messages:
        history, _ = train()
    assert len(history.epoch) == EPOCHS
    assert any("NO CHECKPOINT IS SAVED" in one for one in messages)
    run = kr.load_run("r")
    assert run.status == "finished"
    assert any("NO CHECKPOINT IS SAVED" in one for one in run.fold.warnings)
    assert run.history == history.history


@pytest.mark.usefixtures("place")
def test_a_journal_that_is_deleted_in_mid_training_is_there_again_and_that_is_told(place):
    with told() as messages:
        history, _ = train({3: (place / "r-001" / "journal.jsonl").unlink})
    assert any("was deleted or replaced while this training" in one for one in messages)
    run = kr.load_run("r")
    assert run.history == history.history
    assert run.steps["step"] == list(range(1, EPOCHS * BATCHES + 1))
    assert [one for one in run.fold.warnings if "was deleted or replaced" in one]


@pytest.mark.usefixtures("place")
def test_of_a_run_folder_that_is_deleted_in_mid_training_nothing_is_promised(place):
    with told() as messages:
        history, _ = train({3: lambda: (place / "r-001").rename(place / "moved")})
    assert len(history.epoch) == EPOCHS
    assert any("r-001 is gone" in one and "NOTHING IS SAVED" in one for one in messages)
    assert not any("are intact" in one for one in messages)


LIMITED = """
import json, resource, sys, warnings
sys.path.insert(0, sys.argv[1])
from test_disk import kr, read_journal, resource, train
warnings.simplefilter("always")
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
actions = {
    2: lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), hard)),
    4: lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard)),
}
history, _ = train(actions)
run = kr.load_run("r")
print(json.dumps({
    "loss": history.history["loss"], "journal": run.history["loss"], "steps": run.steps["step"],
    "torn": run.torn, "status": run.status, "newest": run.checkpoints[-1].position.epoch,
    "left": [one.name for one in run.path.rglob("*.tmp")],
}))
"""


@pytest.mark.parametrize("limit", [700, 6000], ids=["journal and checkpoints", "checkpoints"])
def test_files_that_really_cannot_grow_lose_nothing(limit, place):
    """The kernel's own refusal, in the middle of HDF5's writes and of the journal's."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(Path(__file__).parent), str(limit)],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=place.parent,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["loss"] == result["journal"]
    assert len(result["loss"]) == EPOCHS
    assert result["steps"] == list(range(1, EPOCHS * BATCHES + 1))
    assert (result["status"], result["newest"], result["torn"], result["left"]) == (
        "finished",
        EPOCHS,
        0,
        [],
    )
    assert "was not saved" in done.stderr
    assert "Exception ignored" not in done.stderr
    assert "Traceback" not in done.stderr


def test_this_process_has_no_limit():
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    assert read_journal(Path("nowhere")).torn == 0
