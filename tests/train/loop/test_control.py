"""What a page asks of a training that runs, through files in the run folder, and what comes of it."""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import threading
import time
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest

import kresume_nb as kr
from kresume_nb import _fit
from kresume_nb.run import atomic, codec
from kresume_nb.run.reader import read_journal
from kresume_nb.run.records import Checkpoint, Control, Controlled, End, Epoch, Start, Steps
from kresume_nb.run.requests import Inbox
from kresume_nb.train.loop import control

BATCHES = 4
NUMBERS = np.random.default_rng(0)
X = NUMBERS.normal(size=(BATCHES * 8, 5)).astype("float32")
Y = (X[:, :1] * 2).astype("float32")
NO_EPOCH_SAVES = kr.Checkpointing(every_epochs=None, every_seconds=None)


@pytest.fixture(autouse=True)
def _looking_each_time(place, monkeypatch):
    """Requests are looked for at every boundary, so that a test can tell at which."""
    monkeypatch.setattr(control, "_POLL_SECONDS", 0.0)
    monkeypatch.setattr(control, "_SHARE", 0)


def make(optimizer=None):
    keras.utils.set_random_seed(1)
    hidden = [keras.layers.Dense(4, "tanh"), keras.layers.Dropout(0.3)]
    model = keras.Sequential([keras.Input((5,)), *hidden, keras.layers.Dense(1)])
    model.compile(optimizer or keras.optimizers.Adam(0.01), "mse", run_eagerly=True)
    return model


def fit(model, **arguments):
    given = {"epochs": 3, "batch_size": 8, "seed": 3, "run": "r", "verbose": 0}
    given |= {"callbacks": [Page()]}
    return kr.fit(model, X, Y, **given | arguments)


class Page(keras.callbacks.Callback):
    """Asks at given steps, as the page does; with a hand that acts while training stands still.

    Args:
        at: what to ask after which step; a function is called.
        validating: what to ask at the first batch of each validation.
    """

    def __init__(self, place=Path(), at=None, validating=()):
        super().__init__()
        self.folder = place / "r-001"
        self.at = at or {}
        self.validating = list(validating)
        self.hands = []
        self.count = 0
        self.step = 0

    def get_state(self):
        return {}  # what it asks is no state of the training

    def set_state(self, state):
        pass

    def ask(self, action, value=None, name=None):
        self.count += 1
        name = name or f"{self.count:04d}"
        request = Control(id=name, action=action, value=value, time=time.time())
        atomic.write(self.folder / f"control-{name}.json", codec.dumps(request).encode())
        return name

    def act(self, wish):
        if callable(wish):
            wish(self)
        elif isinstance(wish, list):
            for one in wish:
                self.act(one)
        else:
            self.ask(*(wish if isinstance(wish, tuple) else (wish,)))

    def on_train_batch_end(self, batch, logs=None):
        self.step += 1
        self.act(self.at.get(self.step, []))

    def on_test_batch_begin(self, batch, logs=None):
        while self.validating:
            self.act(self.validating.pop(0))

    def by_hand(self, *deeds):
        """Deeds done one after the other while training stands still: each waits for an answer."""

        def work():
            for deed in deeds:
                until(lambda: read_journal(self.folder).fold.paused)
                self.act(deed)
                until(lambda: self.count == len(read_journal(self.folder).fold.controls))

        def begin(_page):
            self.hands.append(threading.Thread(target=work))
            self.hands[-1].start()

        return begin

    def on_train_end(self, logs=None):
        for one in self.hands:
            one.join(60)


def until(ready):
    limit = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < limit, "nothing came of it"
        threading.Event().wait(0.01)


def journal(place, run="r-001"):
    lines = (place / run / "journal.jsonl").read_bytes().splitlines()
    return [codec.load_event(line) for line in lines]


def answers(place, run="r-001"):
    return [one for one in journal(place, run) if isinstance(one, Controlled)]


def weights(model):
    return [np.array(one) for one in model.get_weights()]


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(weights(one), weights(other), strict=True))


def unbroken(place, **arguments):
    model = make()
    history = fit(model, folder=place.parent / "elsewhere", **arguments)
    return model, history


def left_over(place):
    return sorted(path.name for path in (place / "r-001").glob("control-*"))


def test_a_pause_stands_still_with_a_checkpoint_and_changes_nothing(place):
    model = make()
    page = Page(place)
    page.at = {6: ["pause", page.by_hand("pause", "checkpoint", "continue")]}
    history = fit(model, callbacks=[page], checkpoint=NO_EPOCH_SAVES)

    told = answers(place)
    assert [(one.action, one.done, one.position.step) for one in told] == [
        ("pause", True, 6),
        ("pause", True, 6),
        ("checkpoint", True, 6),
        ("continue", True, 6),
    ]
    assert told[0].detail == "Training stands still after step 6, with a checkpoint."
    events = journal(place)
    saved = [one.file for one in events if isinstance(one, Checkpoint)]
    assert saved.count("step-00000006.keras") == 2
    assert not any(
        isinstance(one, Steps) for one in events[events.index(told[0]) : events.index(told[-1])]
    )
    assert left_over(place) == []
    other, expected = unbroken(place)
    assert same(model, other)
    assert history.history == expected.history


def test_a_kill_during_a_pause_loses_nothing(place):
    def die(page):
        """What is on disk now is what a SIGKILL would leave."""
        file = page.folder / "checkpoints" / "step-00000006.keras"
        until(
            lambda: any(one.file == file.name for one in read_journal(page.folder).fold.checkpoints)
        )
        shutil.copytree(page.folder, place.parent / "killed" / "r-001")
        page.ask("continue")

    page = Page(place)
    page.at = {6: ["pause", page.by_hand(die)]}
    fit(make(), callbacks=[page], checkpoint=NO_EPOCH_SAVES)
    resumed = make()
    history = fit(resumed, folder=place.parent / "killed")
    fold = read_journal(place.parent / "killed" / "r-001").fold
    assert [one.step for one in fold.resumes] == [6]
    assert fold.status == "finished"
    other, expected = unbroken(place)
    assert same(resumed, other)
    assert history.history == expected.history


@pytest.mark.parametrize("step", [5, 4])
def test_stop_ends_fit_in_order_and_the_cell_run_again_goes_on(step, place, capsys):
    model = make()
    ended = []
    page = Page(place, {step: "stop"})
    page.on_train_end = ended.append
    history = fit(model, callbacks=[page], checkpoint=NO_EPOCH_SAVES)
    assert len(ended) == 1
    assert history.epoch == [0]
    fold = read_journal(place / "r-001").fold
    assert (fold.status, fold.reason) == ("interrupted", "stopped from the page")
    assert fold.position.step == step
    assert fold.checkpoints[-1].position == fold.position
    where = "after step 5" if step == 5 else "at the end of epoch 1"
    assert answers(place)[0].detail == (
        f"Training stops {where}, with a checkpoint. Run the cell again to go on."
    )
    assert "Run the script again to go on from there" in capsys.readouterr().out
    model.evaluate(X, Y, verbose=0)  # it is whole

    resumed = make()
    history = fit(resumed)
    other, expected = unbroken(place)
    assert same(resumed, other)
    assert history.history == expected.history


def test_while_it_stops_and_after_nothing_else_is_done(place):
    page = Page(place, {4: ["stop", "pause", ("learning_rate", 0.5)]})
    fit(make(), callbacks=[page])
    told = [(one.action, one.done, one.detail) for one in answers(place)]
    assert told[1:] == [
        ("pause", False, "Training is stopping."),
        ("learning_rate", False, "Training is stopping."),
    ]


def test_a_pause_may_end_in_a_stop(place):
    page = Page(place)
    page.at = {6: ["pause", page.by_hand(("learning_rate", 0.125), "stop")]}
    fit(make(), callbacks=[page], checkpoint=NO_EPOCH_SAVES)
    fold = read_journal(place / "r-001").fold
    assert (fold.status, fold.paused, fold.position.step) == ("interrupted", False, 6)
    resumed = make()
    fit(resumed)
    rates = read_journal(place / "r-001").fold.steps()["learning_rate"]
    assert rates[5:7] == [pytest.approx(0.01), 0.125]


def test_the_stop_button_ends_a_pause(place):
    page = Page(place)
    page.at = {6: ["pause", page.by_hand(lambda _: os.kill(os.getpid(), signal.SIGINT))]}
    with pytest.raises(KeyboardInterrupt):
        fit(make(), callbacks=[page])
    fold = read_journal(place / "r-001").fold
    assert (fold.status, fold.reason, fold.paused) == ("interrupted", "KeyboardInterrupt", False)
    assert fold.checkpoints[-1].position.step == 6


def test_a_checkpoint_is_answered_when_it_is_durable(place):
    def slow(page):  # a snapshot that waits is replaced by a newer one
        until(lambda: read_journal(page.folder).fold.checkpoints)

    page = Page(place, {2: slow, 3: "checkpoint", 4: slow})
    fit(make(), callbacks=[page], checkpoint=NO_EPOCH_SAVES)
    events = journal(place)
    (answer,) = answers(place)
    assert (answer.done, answer.detail) == (True, "Saved as step-00000003.keras.")
    files = [getattr(one, "file", None) for one in events]
    assert files.index("step-00000003.keras") < events.index(answer)


def test_a_checkpoint_that_fails_is_answered_so(place, monkeypatch):
    write = control.Saver._write

    def fail(self, job):
        if job.snapshot.position.step == 3:
            raise OSError(28, "No space left on device")
        write(self, job)

    monkeypatch.setattr(control.Saver, "_write", fail)
    with pytest.warns(UserWarning, match=r"step-00000003\.keras was not saved"):
        fit(make(), callbacks=[Page(place, {3: "checkpoint"})], checkpoint=NO_EPOCH_SAVES)
    (answer,) = answers(place)
    assert not answer.done
    assert "a warning says why" in answer.detail


@pytest.mark.parametrize("killed_after", [None, 8, 11])
def test_a_rate_that_is_set_holds_from_the_next_step_and_through_a_kill(killed_after, place):
    model = make()
    killed = place.parent / "killed"

    def die(page):
        until(lambda: read_journal(page.folder).fold.checkpoints[-1].position.step == 6)
        shutil.copytree(page.folder, killed / "r-001")

    page = Page(place, {6: ("learning_rate", 0.125), killed_after: die})
    history = fit(model, callbacks=[page], checkpoint=NO_EPOCH_SAVES)
    fold = read_journal(place / "r-001").fold
    old = float(np.float32(0.01))
    assert fold.steps()["learning_rate"] == [old] * 6 + [0.125] * 6
    assert [row.learning_rate for row in fold.rows] == [old, 0.125, 0.125]
    (answer,) = answers(place)
    assert (answer.done, answer.value, answer.position.step) == (True, 0.125, 6)
    assert answer.detail == "From 0.01 to 0.125."
    if killed_after is not None:
        resumed = make()
        again = fit(resumed, folder=killed)
        fold = read_journal(killed / "r-001").fold
        assert [one.step for one in fold.resumes] == [6]
        assert fold.steps()["learning_rate"] == [old] * 6 + [0.125] * 6
        assert len(fold.controls) == 1
        assert again.history == history.history
        assert same(resumed, model)


def test_which_callback_will_change_the_rate_again_is_said(place):
    constant = keras.callbacks.LearningRateScheduler(lambda _: 0.25)
    plateau = keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=9)
    page = Page(place, {5: ("learning_rate", 0.5)})
    fit(make(), callbacks=[page, constant, plateau])
    assert answers(place)[0].detail == (
        "From 0.25 to 0.5. LearningRateScheduler decides anew when the next epoch begins. "
        "ReduceLROnPlateau goes on from it when loss stands still."
    )
    assert read_journal(place / "r-001").fold.steps()["learning_rate"] == [
        0.25, 0.25, 0.25, 0.25, 0.25, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25,
    ]  # fmt: skip


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf, 1e39, 1e-60, None])
def test_what_is_no_rate_is_refused(value, place):
    fit(make(), callbacks=[Page(place, {2: ("learning_rate", value)})])
    (answer,) = answers(place)
    assert not answer.done
    assert f"Received: {value}." in answer.detail


def constantly():
    return 0.01


@pytest.mark.parametrize(
    "rate", [keras.optimizers.schedules.CosineDecay(0.01, 100), constantly], ids=["cosine", "own"]
)
def test_a_computed_rate_is_not_set_and_the_cure_is_said(rate, place):
    model = make(keras.optimizers.SGD(rate))
    fit(model, callbacks=[Page(place, {2: ("learning_rate", 0.5)})])
    (answer,) = answers(place)
    assert not answer.done
    assert "compile the model with a number, as in Adam(learning_rate=0.001)" in answer.detail


def test_during_validation_requests_are_answered_and_take_hold_at_the_epoch_s_end(place):
    def go_on(page):
        until(lambda: read_journal(page.folder).fold.rows)
        page.ask("continue")

    page = Page(place)
    page.validating = ["pause", "checkpoint", ("learning_rate", 0.125), page.by_hand(go_on)]
    fit(make(), callbacks=[page], validation_data=(X, Y), checkpoint=NO_EPOCH_SAVES)
    events = journal(place)
    first = events.index(answers(place)[0])
    end = next(n for n, one in enumerate(events) if isinstance(one, Epoch))
    assert first < end
    told = {one.action: one for one in answers(place)}
    assert told["pause"].detail == "Training stands still at the end of epoch 1, with a checkpoint."
    assert told["checkpoint"].detail == "Saved as epoch-0001.keras."
    saved = next(
        n for n, one in enumerate(events) if getattr(one, "file", "") == "epoch-0001.keras"
    )
    assert end < saved < events.index(told["checkpoint"])
    assert told["continue"].position.epoch == 1
    assert not any(isinstance(one, Steps) for one in events[end : events.index(told["continue"])])
    rates = read_journal(place / "r-001").fold.steps()["learning_rate"]
    assert rates[4:] == [0.125] * 8


def test_a_pause_after_the_last_epoch_holds_nothing_up(place):
    fit(make(), callbacks=[Page(place, {12: "pause"})])
    fold = read_journal(place / "r-001").fold
    assert (fold.status, fold.paused) == ("finished", False)


def test_in_epochs_of_unknown_length_it_stands_still_a_step_later(place):
    def endless():
        """Keras cannot tell how many batches there are."""
        import tensorflow as tf

        whole = tf.data.Dataset.from_tensor_slices((X, Y)).batch(8)
        return whole.filter(lambda *_: True)

    def run(model, **arguments):
        given = {"epochs": 3, "run": "r", "verbose": 0, "checkpoint": NO_EPOCH_SAVES}
        return kr.fit(model, endless(), **given | arguments)

    def stands(page):
        until(lambda: len(read_journal(page.folder).fold.controls) == 2)

    page = Page(place)
    page.at = {
        1: ["checkpoint", "pause", page.by_hand(stands, ("learning_rate", 0.125), "continue")],
        3: "stop",
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras, of the length
        run(make(), callbacks=[page])
        fold = read_journal(place / "r-001").fold
        assert [(one.action, one.position.step) for one in fold.controls if one.done] == [
            ("pause", 1),
            ("checkpoint", 2),
            ("learning_rate", 2),
            ("continue", 2),
            ("stop", 3),
        ]
        assert fold.reason == "stopped from the page"
        assert (fold.checkpoints[-1].position.step, fold.position.step) == (2, 3)
        run(make(), callbacks=[Page()])
    fold = read_journal(place / "r-001").fold
    assert fold.status == "finished"
    assert fold.steps()["learning_rate"] == [pytest.approx(0.01)] * 2 + [0.125] * 10


def test_continue_without_a_pause_is_refused(place):
    fit(make(), callbacks=[Page(place, {2: "continue"})])
    assert [(one.done, one.detail) for one in answers(place)] == [
        (False, "Training is not paused.")
    ]


def test_a_duplicate_is_answered_once_and_done_once(place):
    def twice(page):
        page.ask("learning_rate", 0.5, name="first")
        text = (page.folder / "control-first.json").read_bytes()
        (page.folder / "control-second.json").write_bytes(text)

    def again(page):
        page.ask("learning_rate", 0.25, name="first")

    fit(make(), callbacks=[Page(place, {2: twice, 4: again})])
    assert [one.value for one in answers(place)] == [0.5]
    assert left_over(place) == []


def test_what_a_dead_process_was_asked_is_refused_and_never_done(place):
    def late(page):  # the file is there, no boundary follows
        page.ask("stop", name="old")
        page.ask("learning_rate", 0.5, name="known")
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        fit(make(), callbacks=[Page(place, {6: late})])
    answered = answers(place)
    assert [(one.id, one.detail) for one in answered] == [
        ("known", "Training has ended."),
        ("old", "Training has ended."),
    ]
    page = Page(place)
    page.ask("stop", name="left")
    page.ask("learning_rate", 0.5, name="known")  # a kill between the answer and the deletion
    fit(make())
    assert [one.detail for one in answers(place)[len(answered) :]] == [
        "It was asked of a process that is gone. Ask again."
    ]
    assert left_over(place) == []
    assert read_journal(place / "r-001").fold.status == "finished"


def test_what_is_no_request_is_told_and_training_goes_on(place, monkeypatch):
    monkeypatch.setattr("kresume_nb.run.requests._GRACE_SECONDS", 0.0)

    def litter(page):
        (page.folder / "control-half.json").write_bytes(b'{"schema":1,"id"')
        (page.folder / "control-huge.json").write_bytes(b" " * 10**6)
        (page.folder / "control-old.json").mkdir()

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit(make(), callbacks=[Page(place, {2: litter})])
    told = [str(one.message) for one in caught]
    for name in ("half", "huge", "old"):
        assert any(f"control-{name}.json in r-001 is no request" in one for one in told), told
    assert left_over(place) == ["control-old.json"]
    fold = read_journal(place / "r-001").fold
    assert fold.status == "finished"
    assert len(fold.warnings) == 4  # the folder cannot be deleted either


def test_a_request_that_came_too_late_is_told_so(place):
    fit(make(), callbacks=[Page(place, {12: ["checkpoint", "checkpoint"]})])
    assert [one.done for one in answers(place)] == [True, True]
    page = Page(place)
    page.on_train_end = lambda _logs: page.ask("stop")
    fit(make(), epochs=4, callbacks=[page])
    answer = answers(place)[-1]
    assert (answer.done, answer.detail) == (False, "Training has ended.")
    assert isinstance(journal(place)[-1], End)


def test_what_the_widget_hands_over_is_answered_too(place, monkeypatch):
    inbox = Inbox()
    monkeypatch.setattr(_fit, "Inbox", lambda: inbox)
    request = Control(id="w", action="learning_rate", value=0.5, time=0.0)
    fit(make(), callbacks=[Page(place, {2: lambda _: inbox.put(request)})])
    assert [(one.id, one.done) for one in answers(place)] == [("w", True)]
    assert not inbox.put(request)


def test_the_journal_shows_the_new_rate_where_no_callback_acts_between_steps(place, monkeypatch):
    inbox = Inbox()
    inbox.put(Control(id="w", action="learning_rate", value=0.5, time=0.0))
    monkeypatch.setattr(_fit, "Inbox", lambda: inbox)
    fit(make(), epochs=1, callbacks=[])
    rates = read_journal(place / "r-001").fold.steps()["learning_rate"]
    assert rates == [pytest.approx(0.01), 0.5, 0.5, 0.5]


def test_a_page_s_request_is_looked_for_now_and_then_not_each_step(place, monkeypatch):
    monkeypatch.setattr(control, "_POLL_SECONDS", 3600.0)
    monkeypatch.setattr(control, "_LONGEST_SECONDS", 3600.0)
    looks = []
    take = control.RequestFiles.take
    monkeypatch.setattr(control.RequestFiles, "take", lambda self: looks.append(True) or take(self))
    fit(make(), epochs=5)
    assert len(looks) == 2  # at the first boundary and at the end


def test_the_history_file_says_how_a_stopped_run_stands(place):
    fit(make(), callbacks=[Page(place, {6: "stop"})])
    summary = json.loads((place / "r-001" / "history.json").read_text())["kresume"]
    assert (summary["status"], summary["reason"]) == ("interrupted", "stopped from the page")
    assert isinstance(journal(place)[0], Start)
