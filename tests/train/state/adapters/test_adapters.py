"""Files of callbacks: what a resume finds there, and what it makes of it."""

from __future__ import annotations

import json
import os
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from kresume_nb.run.records import Writer
from kresume_nb.train.state.adapters.registry import OrbaxAdapter, adapter_of
from kresume_nb.train.state.all_callbacks import CallbackStates
from kresume_nb.train.state.encoding import Encoder

LOGS = [{"loss": 1.0, "accuracy": 0.5}, {"loss": 0.5, "accuracy": 0.75}, {"loss": 0.25, "lr": 1.0}]


def capture(states):
    arrays = []
    return json.loads(
        json.dumps(states.capture(Encoder(arrays, *states.collect())))
    ), arrays.__getitem__


def log(callback, epochs):
    for epoch in epochs:
        callback.on_epoch_end(epoch, dict(LOGS[epoch]))


@pytest.fixture
def resumed_csv(tmp_path):
    """A logger that has taken over after one row was saved and another was not."""

    def make(spoil=lambda _: None, fork=False, **options):
        path = tmp_path / "log.csv"
        old = keras.callbacks.CSVLogger(path, **options)
        states = CallbackStates([old])
        old.on_train_begin()
        log(old, [0])
        saved, arrays = capture(states)
        log(old, [1])
        old.csv_file.close()
        spoil(path)
        new = keras.callbacks.CSVLogger(path, **options)
        states = CallbackStates([new])
        states.prepare(saved, fork=fork)
        new.on_train_begin()
        findings = states.restore(saved, arrays)
        log(new, [1, 2])
        new.on_train_end()
        return path.read_bytes().decode().splitlines(), findings

    return make


HEADER = "epoch,accuracy,loss,val_accuracy,val_loss"
ROWS = [HEADER, "0,0.5,1.0,NA,NA", "1,0.75,0.5,NA,NA", "2,NA,0.25,NA,NA"]


@pytest.mark.parametrize("append", [False, True])
def test_rows_that_come_again_are_there_once(append, resumed_csv):
    rows, (finding,) = resumed_csv(append=append)
    assert rows == ROWS
    assert finding.verdict == "exact"


@pytest.mark.parametrize("append", [False, True])
def test_a_row_that_a_kill_tore_is_cut_off(append, resumed_csv):
    def tear(path):
        path.write_bytes(path.read_bytes()[:-5])

    assert resumed_csv(tear, append=append)[0] == ROWS


def test_a_file_that_is_gone_is_told_and_begun_anew(resumed_csv):
    rows, (_, lost) = resumed_csv(lambda path: path.unlink())
    assert rows == [HEADER, *ROWS[2:]]
    assert lost.verdict == "lost"
    assert lost.detail.endswith(
        "log.csv has 0 bytes, 60 in the checkpoint: rows are missing; new ones are added"
    )


def test_a_file_with_other_rows_keeps_them_all(resumed_csv):
    rows, (_, changed) = resumed_csv(
        lambda path: path.write_text("mine\r\n" * 40, newline=""), append=True
    )
    assert rows == ["mine"] * 40 + ROWS[2:]
    assert changed.verdict == "changed"
    assert changed.detail.endswith("log.csv has other rows than then; new ones are added")


def test_rows_that_another_run_appended_stay(resumed_csv):
    def another(path):
        with path.open("a", newline="") as file:
            file.write("0,9,9,NA,NA\r\n")

    rows, (_, told) = resumed_csv(another, append=True)
    assert rows == [*ROWS[:3], "0,9,9,NA,NA", *ROWS[2:]]
    assert told.verdict == "approximate"
    assert told.detail.endswith("log.csv holds rows of something else; new ones are added")


@pytest.mark.parametrize("append", [False, True])
def test_a_fork_leaves_rows_that_were_to_be_appended_to(append, resumed_csv):
    rows, findings = resumed_csv(append=append, fork=True)
    assert rows == ([*ROWS[:3], *ROWS[2:]] if append else ROWS)
    told = [one.detail.rpartition("log.csv ")[2] for one in findings if one.verdict != "exact"]
    assert told == (["holds rows of the run that is forked; new ones are added"] * append)


def test_the_callback_is_told_to_append_for_a_moment_only(tmp_path):
    callback = keras.callbacks.CSVLogger(tmp_path / "log.csv")
    states = CallbackStates([callback])
    callback.on_train_begin()
    saved, arrays = capture(states)
    states.release()
    states = CallbackStates([callback])
    states.prepare(saved)
    assert callback.append is True
    callback.on_train_begin()
    (finding,) = states.restore(saved, arrays)
    assert (callback.append, finding.verdict) == (False, "exact")
    states.release()


def test_a_header_that_came_after_the_checkpoint_comes_again(tmp_path):
    path = tmp_path / "log.csv"
    old, new = keras.callbacks.CSVLogger(path), keras.callbacks.CSVLogger(path)
    states = CallbackStates([old])
    old.on_train_begin()
    saved, arrays = capture(states)
    log(old, [0])
    states.release()
    states = CallbackStates([new])
    states.prepare(saved)
    new.on_train_begin()
    states.restore(saved, arrays)
    log(new, [0])
    new.on_train_end()
    assert path.read_bytes().decode().splitlines() == ROWS[:2]


def test_a_checkpoint_counts_rows_that_were_not_written_out_yet(tmp_path):
    callback = keras.callbacks.CSVLogger(tmp_path / "log.csv")
    states = CallbackStates([callback])
    callback.on_train_begin()
    callback.csv_file.write("a comment\r\n")
    ((state,), _) = capture(states)
    states.release()
    assert state["seam"]["bytes"] == 11


def test_a_failed_training_lets_go_of_the_file(tmp_path):
    callback = keras.callbacks.CSVLogger(tmp_path / "log.csv")
    states = CallbackStates([callback])
    states.release()
    callback.on_train_begin()
    states.release()
    assert callback.csv_file.closed


@pytest.fixture
def events():
    """Every scalar in an event folder: (tag, step), and how many files there are."""
    loader = pytest.importorskip("tensorboard.backend.event_processing.event_file_loader")

    def read(folder):
        files = sorted(folder.glob("*/events.out.tfevents.*"))
        found = [
            (value.tag, event.step)
            for path in files
            for event in loader.EventFileLoader(str(path)).Load()
            for value in event.summary.value
        ]
        return sorted(found), len(files)

    return read


class TensorBoards:
    """Plays a process each: a `TensorBoard` that is made, gone on with and killed."""

    def __init__(self, folder, model):
        self.folder, self.model = folder, model
        self.processes = []

    def begin(self, state=None, fork=False, **options):
        callback = keras.callbacks.TensorBoard(self.folder, **options)
        states = CallbackStates([callback])
        if state is not None:
            states.prepare(state[0], fork=fork, processes=self.processes)
        callback.set_model(self.model)
        callback.set_params({})
        callback.on_train_begin()
        findings = states.restore(*state) if state is not None else []
        self.processes.append(Writer(pid=os.getpid(), host="", kernel=None, started=0.0))
        return callback, states, findings

    def epochs(self, callback, numbers):
        for number in numbers:
            callback.on_epoch_begin(number)
            callback.on_train_batch_begin(0)
            callback.on_train_batch_end(0, {"loss": 1.0})
            callback.on_epoch_end(number, {"loss": 1.0, "val_loss": 2.0})


@pytest.fixture
def boards(tmp_path, small_model):
    pytest.importorskip("tensorflow")
    return TensorBoards(tmp_path / "events", small_model())


def scalars(epochs):
    return [("epoch_learning_rate", one) for one in epochs] + [
        ("epoch_loss", one) for one in sorted([*epochs, *epochs])
    ]


def test_events_after_the_checkpoint_are_there_once_after_kill_upon_kill(boards, events):
    first, states, _ = boards.begin()
    boards.epochs(first, [0])
    saved = capture(states)
    boards.epochs(first, [1])
    states.release()  # a kill would lose events; this writes them all, which is worse
    second, states, findings = boards.begin(saved)
    assert [one.verdict for one in findings] == ["exact"]
    assert second._global_train_batch == 1
    boards.epochs(second, [1, 2])
    states.release()
    third, states, _ = boards.begin(saved)
    boards.epochs(third, [1, 2])
    third.on_train_end()
    found, files = events(boards.folder)
    assert [one for one in found if one[0] != "keras"] == scalars([0, 1, 2])
    assert found.count(("keras", 0)) == 1, "the graph is written once"
    assert files == 4


def test_a_checkpoint_holds_all_events_before_it(boards, events):
    callback, states, _ = boards.begin()
    boards.epochs(callback, [0])
    capture(states)
    assert events(boards.folder)[0] == [("epoch_learning_rate", 0), *scalars([0])[1:], ("keras", 0)]


def test_a_checkpoint_within_an_epoch_holds_all_events_before_it(boards, events):
    callback, states, _ = boards.begin(update_freq=1)
    callback.on_epoch_begin(0)
    callback.on_train_batch_begin(0)
    callback.on_train_batch_end(0, {"loss": 1.0})
    capture(states)
    assert ("batch_loss", 1) in events(boards.folder)[0]
    callback.on_train_end()


def test_the_files_of_all_processes_before_the_last_checkpoint_stay(boards, events):
    first, states, _ = boards.begin()
    boards.epochs(first, [0])
    saved = capture(states)
    states.release()
    second, states, _ = boards.begin(saved)
    boards.epochs(second, [1])
    saved = capture(states)
    boards.epochs(second, [2])
    states.release()
    third, states, findings = boards.begin(saved)
    boards.epochs(third, [2])
    states.release()
    assert [one for one in events(boards.folder)[0] if one[0] != "keras"] == scalars([0, 1, 2])
    assert [one.verdict for one in findings] == ["exact"]


def test_event_files_that_are_gone_are_told(boards):
    callback, states, _ = boards.begin()
    boards.epochs(callback, [0])
    saved = capture(states)
    states.release()
    (gone,) = boards.folder.glob("train/events*")
    gone.unlink()
    _, _, (_, lost) = boards.begin(saved)
    assert lost.verdict == "lost"
    assert lost.detail == f"events that the checkpoint knew: train/{gone.name}"


def test_event_files_of_others_are_left_alone(boards):
    _, states, _ = boards.begin()
    saved = capture(states)
    states.release()
    other = boards.folder / "train" / "events.out.tfevents.1700000000.host.99999999.0.v2"
    other.write_bytes(b"theirs")
    boards.begin(saved)
    assert other.read_bytes() == b"theirs"


def test_event_files_of_a_run_that_is_forked_stay(boards, events):
    callback, states, _ = boards.begin()
    boards.epochs(callback, [0])
    saved = capture(states)
    boards.epochs(callback, [1])
    states.release()
    before = events(boards.folder)[0]
    _, states, (_, told) = boards.begin(saved, fork=True)
    states.release()
    assert events(boards.folder)[0] == before
    assert told.verdict == "approximate"
    assert told.detail.startswith("event files of the run that is forked stay")


def test_a_clock_goes_on_where_it_was(boards, monkeypatch):
    callback, states, _ = boards.begin()
    callback._epoch_start_time = 100.0
    monkeypatch.setattr("time.time", lambda: 103.0)
    saved = capture(states)
    monkeypatch.setattr("time.time", lambda: 5000.0)
    resumed, _, _ = boards.begin(saved)
    assert resumed._epoch_start_time == 4997.0


def test_a_folder_that_the_notebook_changed_is_the_one_written_to(boards, tmp_path):
    _, states, _ = boards.begin()
    saved = capture(states)
    states.release()
    boards.folder = tmp_path / "elsewhere"
    callback, states, findings = boards.begin(saved)
    boards.epochs(callback, [1])
    states.release()
    assert list((tmp_path / "elsewhere" / "train").glob("events*"))
    assert "TensorBoard.log_dir" in {one.what for one in findings if one.verdict == "changed"}


class Checkpointer:
    """As Orbax' own, as far as it is used."""

    def __init__(self, steps):
        self.checkpoints = [SimpleNamespace(step=one) for one in steps]
        self.deleted = []

    def delete(self, step):
        self.deleted.append(step)


def orbax(*steps):
    return OrbaxAdapter(SimpleNamespace(checkpointer=Checkpointer(steps), directory="there"))


def test_steps_that_orbax_is_about_to_save_again_are_deleted():
    state = orbax(3, 6).capture()
    resumed = orbax(6, 9, 12)
    assert resumed.restore(state, fork=False) == []
    assert resumed.callback.checkpointer.deleted == [9, 12]


def test_orbax_steps_of_a_run_that_is_forked_stay():
    forked = orbax(3, 6)
    ((verdict, told),) = forked.restore({"steps": [3]}, fork=True)
    assert verdict == "changed"
    assert "use another directory" in told
    assert forked.callback.checkpointer.deleted == []


def test_nothing_of_orbax_is_deleted_by_a_checkpoint_that_does_not_know_its_steps():
    adapter = orbax(3)
    assert adapter.restore({}, fork=False) == []
    assert adapter.callback.checkpointer.deleted == []


@pytest.mark.parametrize(
    "name",
    [name for name in dir(keras.callbacks) if isinstance(getattr(keras.callbacks, name), type)],
)
def test_every_callback_of_keras_has_been_looked_at(name):
    """A new one has to be looked at: does it hold a file, a thread, a writer?"""
    assert name in {
        *("BackupAndRestore", "Callback", "CallbackList", "CSVLogger", "EarlyStopping", "History"),
        *("LambdaCallback", "LearningRateScheduler", "ModelCheckpoint", "OrbaxCheckpoint"),
        *("ProgbarLogger", "ReduceLROnPlateau", "RemoteMonitor", "SwapEMAWeights"),
        *("TensorBoard", "TerminateOnNaN"),
    }


def test_hidden_attributes_exist():
    """Names in Keras may change; then what they hold has to be looked at again."""
    for callback in (
        keras.callbacks.CSVLogger("x"),
        keras.callbacks.ProgbarLogger(),
        keras.callbacks.History(),
        keras.callbacks.CallbackList([]),
        keras.callbacks.TensorBoard("x"),
    ):
        later = {
            "history",
            "epoch",
            "_log_write_dir",
            "_train_dir",
            "_val_dir",
            "_epoch_start_time",
        }
        assert adapter_of(callback).hidden - later <= vars(callback).keys()


def test_a_state_of_numbers_only_needs_no_adapter():
    adapter = adapter_of(keras.callbacks.EarlyStopping())
    assert (adapter.capture(), adapter.restore({}, fork=False)) == ({}, [])
    assert not np.any(adapter.hidden)
