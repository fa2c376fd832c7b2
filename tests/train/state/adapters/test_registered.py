"""Adapters that people register for callbacks of their own."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import kresume_nb as kr
from kresume_nb.errors import ArgumentError, StateError
from kresume_nb.train.state.adapters import registry
from kresume_nb.train.state.adapters.registry import adapter_of

X = np.random.default_rng(0).random((12, 2)).astype("float32")


class Log(keras.callbacks.Callback):
    """Writes a line a step into a file that it begins anew, as loggers do."""

    def __init__(self, path):
        super().__init__()
        self.path, self.mode, self.file = path, "w", None

    def on_train_begin(self, logs=None):
        self.file = self.path.open(self.mode)

    def on_train_batch_end(self, batch, logs=None):
        self.file.write(f"{int(self.model.optimizer.iterations)} {logs['loss']:.9f}\n")
        self.file.flush()

    def on_train_end(self, logs=None):
        self.file.close()


class Adapter:
    hidden = frozenset({"file", "mode"})

    def __init__(self, callback):
        self.callback = callback

    def prepare(self, state, processes):
        self.callback.mode = "a"

    def capture(self):
        return {"bytes": self.callback.file.tell()}

    def restore(self, state, *, fork):
        self.callback.file.truncate(state["bytes"])
        return [("exact", "cut to what the checkpoint knew")]

    def release(self):
        self.callback.file.close()


class Stop(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.optimizer.iterations) == 7:
            raise InterruptedError


@pytest.fixture(autouse=True)
def nothing_registered(monkeypatch):
    monkeypatch.setattr(registry, "_adapters", dict(registry._adapters))


def train(path, resume, *more):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    checkpoint = kr.Checkpointing(every_steps=2, every_seconds=None)
    log = Log(path)
    try:
        kr.fit(
            model,
            X,
            X[:, :1],
            batch_size=3,
            epochs=3,
            run="r",
            resume=resume,
            verbose=0,
            callbacks=[log, *more],
            checkpoint=checkpoint,
        )
    finally:  # a callback without an adapter leaves its file open if training fails
        if log.file is not None:
            log.file.close()
    return path.read_text()


def broken_and_resumed(place):
    with pytest.raises(InterruptedError):
        train(place / "log", "never", Stop())
    return train(place / "log", "auto")


def test_a_file_is_gone_on_with_as_though_nothing_had_happened(place):
    kr.register_callback_adapter(Log, Adapter)
    whole = train(place / "whole", "never")
    assert len(whole.splitlines()) == 12
    assert broken_and_resumed(place) == whole
    told = [one for one in kr.load_run("r").report.findings if "cut to what" in one.detail]
    assert [(one.verdict, one.what) for one in told] == [("exact", "Log")]


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_without_one_the_file_is_begun_anew(place):
    assert len(broken_and_resumed(place).splitlines()) < 12


def test_state_of_an_adapter_that_is_not_registered_any_more_is_told_as_lost(place):
    kr.register_callback_adapter(Log, Adapter)
    with pytest.raises(InterruptedError):
        train(place / "log", "never", Stop())
    del registry._adapters[Log]
    with pytest.warns(UserWarning, match="register_callback_adapter"):
        train(place / "log", "auto")
    lost = [one.detail for one in kr.load_run("r").report.findings if one.verdict == "lost"]
    assert any("what its adapter had kept (bytes)" in one for one in lost)


def test_the_nearest_class_counts_and_the_later_registration():
    class Derived(Log):
        pass

    class Other:
        def __init__(self, callback):
            self.callback = callback

    kr.register_callback_adapter(Log, Adapter)
    assert isinstance(adapter_of(Derived("x")), Adapter)
    kr.register_callback_adapter(Derived, Other)
    found = adapter_of(Derived("x"))
    assert isinstance(found, Other)
    assert (found.capture(), found.restore({}, fork=False), found.hidden) == ({}, [], frozenset())
    kr.register_callback_adapter(Log, Other)
    assert isinstance(adapter_of(Log("x")), Other)
    kr.register_callback_adapter(keras.callbacks.Callback, Adapter)
    assert not isinstance(adapter_of(keras.callbacks.CSVLogger("x")), Adapter)  # it has its own
    kr.register_callback_adapter(keras.callbacks.CSVLogger, Other)
    assert isinstance(adapter_of(keras.callbacks.CSVLogger("x")), Other)


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ((Log("x"), Adapter), "was given <.*Log object.*Expected a class derived from"),
        ((dict, Adapter), "was given <class 'dict'>"),
        ((Log, "Adapter"), "The adapter of Log is 'Adapter'. Expected a class"),
    ],
)
def test_what_is_no_class_is_refused(given, match):
    with pytest.raises(ArgumentError, match=match):
        kr.register_callback_adapter(*given)


@pytest.mark.parametrize("kept", [{"file": object()}, [1], None])
def test_what_cannot_be_kept_is_refused_before_anything_is_trained(kept, place):
    class Wrong(Adapter):
        def capture(self):
            return kept

    kr.register_callback_adapter(Log, Wrong)
    with pytest.raises(StateError, match=r"Wrong.capture\(\), of the adapter of Log"):
        train(place / "log", "never")


@pytest.mark.parametrize("told", [[("perfect", "x")], "exact", None, [("exact",)]])
def test_a_restore_that_tells_something_else_is_named(told, place):
    class Wrong(Adapter):
        def restore(self, state, *, fork):
            return told

    kr.register_callback_adapter(Log, Wrong)
    with pytest.raises(InterruptedError):
        train(place / "log", "never", Stop())
    with pytest.raises(StateError, match=r"Wrong.restore\(\), of the adapter of Log.*take Log out"):
        train(place / "log", "auto")
