from __future__ import annotations

import errno
import json
import os
import random
import signal
from pathlib import Path

import keras
import numpy as np
import pytest

import kresume_nb as kr
from kresume_nb import _fit
from kresume_nb.errors import (
    ArgumentError,
    CorruptCheckpointError,
    ModelNotReadyError,
    NewerSchemaError,
    RunFolderError,
    RunLockedError,
    RunNotFoundError,
    UnsupportedDataError,
)
from kresume_nb.run import writer
from kresume_nb.train.keras_compat import keras_private
from kresume_nb.view.display import Display

SAMPLES, FEATURES = 44, 5
NUMBERS = np.random.default_rng(0)
X = NUMBERS.normal(size=(SAMPLES, FEATURES)).astype("float32")
Y = (X[:, :1] + 0.3 * NUMBERS.normal(size=(SAMPLES, 1))).astype("float32")
LABELS = (Y[:, 0] > 0).astype("int64")
WEIGHTS = np.linspace(0.1, 2.0, SAMPLES)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(place):
    """Every test has its own working directory, so its own `kresume_runs`."""


def dense(units=4, **compiled):
    layers = [keras.layers.Dense(units, "tanh"), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((FEATURES,)), *layers])
    model.compile(**{"optimizer": keras.optimizers.SGD(0.05), "loss": "mse", **compiled})
    return model


def quick(units=4, **compiled):
    """Takes fewer milliseconds to train than TensorFlow takes to trace a graph."""
    return dense(units, run_eagerly=True, **compiled)


def noisy():
    inputs = keras.Input((FEATURES,))
    hidden = keras.layers.BatchNormalization()(keras.layers.Dense(8, "relu")(inputs))
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Dropout(0.4)(hidden)))
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9), "mse", metrics=["mae"])
    return model


def averaging():
    return dense(optimizer=keras.optimizers.Adam(0.02, use_ema=True, ema_momentum=0.9))


def named_inputs():
    left, right = keras.Input((2,), name="left"), keras.Input((3,), name="right")
    joined = keras.layers.Concatenate()([left, right])
    model = keras.Model({"left": left, "right": right}, keras.layers.Dense(1)(joined))
    model.compile("adam", "mse")
    return model


def two_outputs():
    inputs = keras.Input((FEATURES,))
    hidden = keras.layers.Dense(4, "relu")(inputs)
    outputs = [keras.layers.Dense(1, name="a")(hidden), keras.layers.Dense(2, name="b")(hidden)]
    model = keras.Model(inputs, outputs)
    model.compile(
        "adam", ["mse", "mae"], metrics=[["mae"], ["mse"]], weighted_metrics=[["mae"], []]
    )
    return model


def classifier():
    model = keras.Sequential([keras.layers.Dense(4, "relu"), keras.layers.Dense(2)])  # not built
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"], weighted_metrics=["accuracy"])
    return model


def in_threes():
    return dense(steps_per_execution=3)


SAME = {
    "dropout and batch normalization, validation every other epoch": (
        noisy,
        {"x": X, "y": Y, "validation_data": (X[:9] + 1, Y[:9], WEIGHTS[:9]), "validation_freq": 2},
    ),
    "moving averages of weights, a later first epoch": (
        averaging,
        {"x": X, "y": Y, "initial_epoch": 2, "epochs": 5},
    ),
    "dict inputs, validation split, sample weights": (
        named_inputs,
        {
            "x": {"left": X[:, :2], "right": X[:, 2:]},
            "y": Y,
            "sample_weight": WEIGHTS,
            "validation_split": 0.25,
        },
    ),
    "two outputs, sample weights": (
        two_outputs,
        {"x": X, "y": [Y, np.hstack([Y, -Y])], "sample_weight": [WEIGHTS, WEIGHTS[::-1]]},
    ),
    "one sample weight for two outputs": (
        two_outputs,
        {"x": X, "y": [Y, np.hstack([Y, -Y])], "sample_weight": WEIGHTS},
    ),
    "not built, class weights and a validation split": (
        classifier,
        {"x": X, "y": LABELS, "class_weight": {0: 0.3, 1: 2.0}, "validation_split": 0.3},
    ),
    "three steps an execution": (in_threes, {"x": X, "y": Y, "batch_size": 8}),
    "float64, validation after some epochs in other batches": (
        dense,
        {
            "x": X.astype("float64"),
            "y": Y.astype("float64"),
            "validation_data": (X[:9], Y[:9]),
            "validation_freq": [1, 3],
            "validation_batch_size": 4,
            "validation_steps": 2,
        },
    ),
    "a tensor, one batch an epoch": (
        dense,
        {"x": keras.ops.convert_to_tensor(X), "y": Y, "batch_size": 64},
    ),
    "full batches only": (noisy, {"x": X, "y": Y, "batch_size": 11}),
}


def state(model):
    optimizer = model.optimizer.variables
    variables = [*model.variables, *optimizer, *model.metrics_variables]
    return [np.array(one) for one in variables]


def assert_same(one, other):
    assert len(one) == len(other)
    for number, (left, right) in enumerate(zip(one, other, strict=True)):
        np.testing.assert_array_equal(left, right, err_msg=f"variable {number}", strict=True)


class Losses(keras.callbacks.Callback):
    """What a callback sees of every batch."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append((batch, dict(logs)))

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append((epoch, dict(logs)))


@pytest.mark.parametrize("case", SAME)
def test_without_shuffle_it_is_model_fit_bit_for_bit(case):
    make, arguments = SAME[case]
    arguments = {"batch_size": 16, "epochs": 3, "verbose": 0, "shuffle": False, **arguments}
    results = []
    for fit in (lambda model, **rest: model.fit(**rest), kr.fit):
        keras.utils.set_random_seed(7)
        model, losses = make(), Losses()
        history = fit(model, callbacks=[losses], **arguments)
        results.append((history.history, history.epoch, losses.seen, state(model)))
    theirs, ours = results
    assert ours[:3] == theirs[:3]
    assert_same(ours[3], theirs[3])


BATCHES = 3  # of 16, 16 and 12 samples


class Interrupt(keras.callbacks.Callback):
    """Presses the stop button after a step; has no state, so it never counts as changed."""

    def __init__(self, after, times=1):
        super().__init__()
        self.after, self.times, self.steps = after, times, 0

    def get_state(self):
        return None

    def set_state(self, state):
        pass

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1
        if self.steps == self.after:
            self.act()

    def act(self):
        for _ in range(self.times):
            os.kill(os.getpid(), signal.SIGINT)


class Fail(Interrupt):
    """Raises after a step."""

    def act(self):
        raise ZeroDivisionError("the user's own")


def train(epochs=3, make=quick, *, interrupt=None, callbacks=(), init=1, **arguments):
    """A training of 3 batches an epoch, from the same initial weights each time.

    Args:
        init: seed of the initial weights and of Keras' random layers; a resume has another one.
    """
    keras.utils.set_random_seed(init)
    model = make()
    defaults = {"x": X, "y": Y, "batch_size": 16, "verbose": 0, "run": "r", "resume": "auto"}
    history = kr.fit(
        model,
        epochs=epochs,
        callbacks=[*keras.tree.flatten(callbacks), Interrupt(interrupt)],
        **(defaults | {"seed": 3} | arguments),
    )
    return model, history


def resume(epochs=3, make=quick, **arguments):
    return train(epochs, make, **({"init": 99} | arguments))


EACH_STEP = kr.Checkpointing(every_steps=1, every_seconds=None, keep_last=9)


def half_trained(make=quick, **arguments):
    """A run that was interrupted in its second epoch; returns its folder."""
    with pytest.raises(KeyboardInterrupt):
        train(3, make, interrupt=5, checkpoint=EACH_STEP, **arguments)
    return Path("kresume_runs/r-001").resolve()


# What cannot be trained is refused, before anything is written.


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"model": "x"}, ArgumentError, "Received: model=str. Expected a keras.Model"),
        ({"model": keras.layers.Dense(1)}, ArgumentError, "model=Dense"),
        ({"epochs": -1}, ArgumentError, "epochs=-1 cannot be used"),
        ({"epochs": 2.0}, ArgumentError, "epochs=2.0 cannot be used"),
        ({"epochs": True}, ArgumentError, "epochs=True cannot be used"),
        ({"resume": "yes"}, ArgumentError, "resume='yes' cannot be used"),
        ({"resume": -1}, ArgumentError, "resume=-1 cannot be used"),
        ({"resume": True}, ArgumentError, "resume=True cannot be used"),
        ({"resume": 1.0}, ArgumentError, "resume=1.0 cannot be used"),
        ({"resume": None}, ArgumentError, "resume=None cannot be used"),
        ({"seed": -1}, ArgumentError, "seed=-1 cannot be used"),
        ({"seed": 2**32}, ArgumentError, "seed=4294967296 cannot be used"),
        ({"seed": 1.5}, ArgumentError, "seed=1.5 cannot be used"),
        ({"run": "a/b"}, ArgumentError, "run='a/b' cannot name a run folder"),
        ({"run": "../up"}, ArgumentError, "cannot name a run folder"),
        ({"run": ""}, ArgumentError, "cannot name a run folder"),
        ({"steps_per_epoch": 0}, ArgumentError, "steps_per_epoch=0 cannot be used"),
        ({"steps_per_epoch": 2.5}, ArgumentError, "steps_per_epoch=2.5 cannot be used"),
        ({"y": Y[:-1]}, ArgumentError, "same number of samples"),
        ({"x": X[:0], "y": Y[:0]}, ArgumentError, "at least one"),
        ({"x": np.float32(1.0)}, ArgumentError, "same number of samples"),
        ({"validation_split": 0.999}, ArgumentError, "validation_split=0.999"),
        ({"class_weight": {0: 1.0}, "sample_weight": WEIGHTS}, ArgumentError, "pass one"),
        ({"y": {"a": Y}, "class_weight": {0: 1.0}}, ArgumentError, "single output"),
        ({"x": (one for one in [(X, Y)])}, ArgumentError, "y was passed beside x, .* a generator"),
        (
            {"x": (one for one in [(X, Y)]), "y": None, "validation_split": 0.1},
            ArgumentError,
            "cannot be used with a generator",
        ),
        ({"x": [[1.0, 2.0]]}, UnsupportedDataError, "x holds a builtins.float"),
        ({"x": np.array([object()] * SAMPLES)}, UnsupportedDataError, "array of Python objects"),
        ({"x": X[:, :3]}, ValueError, "expected axis -1 of input shape to have value 5"),
        ({"callbacks": [keras.callbacks.BackupAndRestore("b")]}, ArgumentError, "BackupAndRestore"),
        ({"callbacks": keras.callbacks.BackupAndRestore("b")}, ArgumentError, "BackupAndRestore"),
        ({"checkpoint": kr.Checkpointing(monitor="score")}, ArgumentError, "neither Keras nor"),
    ],
)
def test_what_cannot_be_used_is_refused_and_nothing_is_written(change, error, message):
    arguments = {
        "model": dense(),
        "x": X,
        "y": Y,
        "epochs": 1,
        "batch_size": 16,
        "verbose": 0,
        "run": "r",
    }
    with pytest.raises(error, match=message):
        kr.fit(**(arguments | change))
    assert list(Path("kresume_runs").iterdir()) == []


class Saves(keras.layers.Dense):
    """Saves what its `build` makes."""

    def build(self, input_shape):
        super().build(input_shape)
        self.table = np.arange(3.0)

    def save_own_variables(self, store):
        super().save_own_variables(store)
        store["table"] = self.table


def test_a_layer_may_save_what_its_build_makes():
    class Model(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = Saves(1)

        def call(self, inputs):
            return self.dense(inputs)

    model = Model()
    model.compile("sgd", "mse")
    assert len(kr.fit(model, X, Y, verbose=0).epoch) == 1


def test_data_of_an_unknown_kind_is_refused_by_name():
    with pytest.raises(UnsupportedDataError, match=r"x holds a builtins\.float"):
        train(x=[1.0, 2.0])


def test_a_model_that_is_not_compiled_is_refused():
    model = keras.Sequential([keras.layers.Dense(1)])
    with pytest.raises(ModelNotReadyError, match=r"not compiled\. Call model\.compile"):
        kr.fit(model, X, Y)


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(RunFolderError, match="cannot be made in") as caught:
        train(folder=tmp_path / "taken")
    assert "pass folder='…'" in str(caught.value)
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_folder_without_write_permission_is_refused(tmp_path, monkeypatch):
    def refuse(self, *_, **__):
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(RunFolderError, match="Permission denied"):
        train(folder=tmp_path / "theirs")


# Which run is gone on in.


def test_an_interrupted_run_goes_on_where_it_stopped_and_ends_as_though_nothing_had_been(capfd):
    expected, history = train(3, noisy, run="unbroken")
    run = half_trained(noisy)
    said = capfd.readouterr()
    assert "stopping at the next batch boundary, to save a checkpoint there" in said.err
    assert (
        f"r-001 was stopped. Its newest checkpoint is {run}/checkpoints/step-00000005.keras"
        in said.out
    )
    stopped = kr.load_run("r")
    assert (stopped.status, stopped.fold.reason) == ("interrupted", "KeyboardInterrupt")
    assert (stopped.fold.position.epoch, stopped.fold.position.batch) == (1, 2)
    model, again = resume(3, noisy)
    assert "r-001 goes on after epoch 1, batch 2 of 3" in capfd.readouterr().out
    assert_same(state(model), state(expected))
    assert (again.history, again.epoch) == (history.history, history.epoch)
    finished, unbroken = kr.load_run("r-001"), kr.load_run("unbroken")
    assert finished.status == "finished"
    assert finished.steps == unbroken.steps
    assert finished.history == unbroken.history == history.history


@pytest.mark.parametrize("after", [3, 6])
def test_an_interrupt_at_the_end_of_an_epoch_is_as_good(after):
    expected, history = train(run="unbroken")
    with pytest.raises(KeyboardInterrupt):
        train(interrupt=after)
    assert kr.load_run("r").checkpoints[-1].position.step == after
    model, again = resume()
    assert_same(state(model), state(expected))
    assert again.history == history.history


def test_an_interrupt_in_the_last_step_lets_the_run_finish():
    _, history = train(2, interrupt=2 * BATCHES)
    assert len(history.epoch) == 2
    assert kr.load_run("r").status == "finished"


def test_a_second_interrupt_stops_at_once():
    with pytest.raises(KeyboardInterrupt):
        train(callbacks=[Interrupt(5, times=2)])
    run = kr.load_run("r")
    assert run.status == "interrupted"
    assert run.checkpoints[-1].file == "epoch-0001.keras"


def test_the_interrupt_handler_of_others_is_back_afterwards():
    before = signal.getsignal(signal.SIGINT)
    train(1)
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(ZeroDivisionError):
        train(1, callbacks=[Fail(2)])
    assert signal.getsignal(signal.SIGINT) is before


def test_a_run_that_failed_says_why_and_goes_on():
    expected, history = train(run="unbroken")
    with pytest.raises(ZeroDivisionError, match="the user's own"):
        train(callbacks=[Fail(5)], checkpoint=EACH_STEP)
    failed = kr.load_run("r")
    assert (failed.status, failed.fold.reason) == ("failed", "ZeroDivisionError: the user's own")
    assert failed.checkpoints[-1].position.step == 4
    model, again = resume(callbacks=[Fail(None)])
    assert_same(state(model), state(expected))
    assert again.history == history.history
    assert [one.name for one in kr.runs()] == ["r-001", "unbroken-001"]


@pytest.mark.parametrize("make", [noisy, averaging, in_threes], ids=lambda make: make.__name__)
def test_a_finished_run_asked_for_more_is_as_if_it_had_been_that_long(make):
    expected, history = train(4, make, run="long")
    train(2, make)
    model, again = resume(4, make)
    assert_same(state(model), state(expected))
    assert (again.history, again.epoch) == (history.history, history.epoch)
    assert kr.load_run("r").steps == kr.load_run("long").steps
    assert [one.name for one in kr.runs()] == ["long-001", "r-001"]


def test_a_finished_run_that_is_run_again_begins_a_new_one(tree_digest):
    train(1)
    before = tree_digest(Path("kresume_runs/r-001"))
    train(1)
    assert [(one.name, one.status) for one in kr.runs()] == [
        ("r-001", "finished"),
        ("r-002", "finished"),
    ]
    assert tree_digest(Path("kresume_runs/r-001")) == before


def test_never_begins_a_new_one_beside_an_unfinished_one(tree_digest):
    run = half_trained()
    before = tree_digest(run)
    train(1, resume="never")
    assert tree_digest(run) == before
    assert [one.name for one in kr.runs()] == ["r-001", "r-002"]
    train(1)  # the older one was given up when the newer one began
    assert [one.name for one in kr.runs()] == ["r-001", "r-002", "r-003"]


def test_a_number_forks_after_so_many_epochs(tree_digest, capsys):
    _, history = train(3)
    run = Path("kresume_runs/r-001")
    before = tree_digest(run)
    _, forked = resume(4, resume=2)
    assert tree_digest(run) == before
    assert "r-002 forks r-001 after epoch 2 (epoch-0002.keras)" in capsys.readouterr().out
    fork = kr.load_run("r-002")
    parent = fork.parent
    assert (parent.run, parent.checkpoint, parent.epoch) == ("r-001", "epoch-0002.keras", 2)
    assert forked.epoch == [0, 1, 2, 3]
    assert forked.history["loss"][:3] == history.history["loss"]  # the same seed, so the same third
    assert [row.inherited for row in fork.fold.rows] == [True, True, False, False]
    assert fork.history == forked.history
    assert fork.steps["epoch"] == [3] * BATCHES + [4] * BATCHES


def test_a_fork_goes_on_in_itself_and_ends_as_though_nothing_had_been():
    train(2)
    expected, history = resume(3, resume=1, run="r")
    (Path("kresume_runs") / "r-002").rename("elsewhere")
    with pytest.raises(KeyboardInterrupt):
        resume(3, resume=1, interrupt=2)
    model, again = resume(3, init=98)
    assert [one.name for one in kr.runs()] == ["r-001", "r-002"]
    assert kr.load_run("r-002").parent.run == "r-001"
    assert kr.load_run("r-002").steps == kr.load_run("elsewhere").steps
    assert_same(state(model), state(expected))
    assert (again.history, again.epoch) == (history.history, history.epoch)


@pytest.mark.parametrize("seed", [5, 0])
def test_a_fork_takes_another_seed_if_it_is_given_one(seed):
    train(1, seed=3)
    resume(2, resume=1, seed=seed)
    assert kr.runs()[-1].header.seed == seed


def test_a_fork_keeps_the_seed_otherwise():
    train(1, seed=3)
    resume(2, resume=1, seed=None)
    assert kr.runs()[-1].header.seed == 3


def test_a_fork_of_what_is_not_there_is_refused():
    with pytest.raises(RunNotFoundError, match="resume=2 asks to go on"):
        resume(resume=2)
    train(1)
    with pytest.raises(RunNotFoundError, match="r-001 keeps no checkpoint after 7 epochs"):
        resume(resume=7)
    assert [one.name for one in kr.runs()] == ["r-001"]


def test_the_seed_of_a_run_is_kept():
    expected, _ = train(run="unbroken")
    half_trained()
    model, _ = resume(seed=None)
    assert kr.load_run("r").header.seed == 3
    assert_same(state(model), state(expected))


# What was damaged.


def damage(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)


def test_a_damaged_newest_checkpoint_is_passed_over_and_told():
    expected, history = train(run="unbroken")
    run = half_trained()
    damage(run / "checkpoints" / "step-00000005.keras")
    with pytest.warns(UserWarning, match=r"step-00000005\.keras: damaged, passed over"):
        model, again = resume()
    fold = kr.load_run("r").fold
    assert any("step-00000005.keras: damaged" in line for line in fold.report)
    assert fold.resumes[-1].step == 4
    assert_same(state(model), state(expected))
    assert again.history == history.history


def test_a_checkpoint_that_somebody_deleted_is_passed_over():
    run = half_trained()
    (run / "checkpoints" / "step-00000005.keras").unlink()
    with pytest.warns(UserWarning, match=r"step-00000005\.keras: damaged"):
        resume()
    assert kr.load_run("r").status == "finished"


def test_a_run_whose_checkpoints_are_all_damaged_is_refused_and_left_untouched(tree_digest):
    run = half_trained()
    files = sorted((run / "checkpoints").iterdir())
    for path in files:
        damage(path)
    before = tree_digest(run)
    with pytest.raises(
        CorruptCheckpointError, match="No checkpoint of this run can be read"
    ) as caught:
        resume()
    assert all(path.name in str(caught.value) for path in files)
    assert "resume='never'" in str(caught.value)
    assert tree_digest(run) == before
    writer.lock(run).release()


def test_a_run_of_a_newer_version_is_refused_and_left_untouched(tree_digest):
    run = half_trained()
    header = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(header | {"schema": 2}))
    before = tree_digest(run)
    with pytest.raises(NewerSchemaError, match=r"schema version 2, this kresume_nb reads up to 1"):
        resume()
    assert tree_digest(run) == before


def test_a_run_that_another_process_writes_is_refused(tree_digest):
    run = half_trained()
    held = writer.lock(run)
    before = tree_digest(run)
    with pytest.raises(RunLockedError, match="r-001 is being written by another process"):
        resume()
    assert tree_digest(run) == before
    held.release()
    resume()


def test_two_fits_at_once_have_a_run_each():
    class Nested(keras.callbacks.Callback):
        def get_state(self):
            return None

        def set_state(self, state):
            pass

        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                with pytest.raises(RunLockedError):
                    train(3)
                train(1, resume="never")

    train(3, callbacks=[Nested()])
    assert [(one.name, one.status) for one in kr.runs()] == [
        ("r-001", "finished"),
        ("r-002", "finished"),
    ]


# Callbacks and random streams.


def test_an_early_stop_is_an_end():
    stop = keras.callbacks.EarlyStopping("loss", patience=0, min_delta=1e9)
    _, history = train(9, callbacks=[stop])
    run = kr.load_run("r")
    assert len(history.epoch) == 2
    assert (run.status, run.fold.reason) == ("finished", "stopped early")


def test_one_callback_needs_no_list():
    losses = Losses()
    kr.fit(quick(), X, Y, batch_size=16, epochs=2, verbose=0, callbacks=losses, run="r")
    assert len(losses.seen) == 2 * (BATCHES + 1)


def test_callbacks_begin_and_end_once_and_count_their_batches_through_a_resume():
    class Calls(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.calls = []

        def on_train_begin(self, logs=None):
            self.calls.append("begin")

        def on_train_end(self, logs=None):
            self.calls.append("end")

        def on_epoch_begin(self, epoch, logs=None):
            self.calls.append(f"epoch {epoch}")

        def on_train_batch_begin(self, batch, logs=None):
            self.calls.append(batch)

    expected = Calls()
    train(callbacks=[expected], run="unbroken")
    epochs = [one for epoch in range(3) for one in (f"epoch {epoch}", 0, 1, 2)]
    assert expected.calls == ["begin", *epochs, "end"]
    first, second = Calls(), Calls()
    with pytest.raises(KeyboardInterrupt):
        train(callbacks=[first], interrupt=5)
    resume(callbacks=[second])
    assert first.calls == expected.calls[:8]
    assert second.calls == expected.calls


def test_what_cannot_be_saved_of_a_callback_is_said_by_name():
    class Odd(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.socket = object()

    with pytest.warns(UserWarning, match=r"Odd\.socket \(a .*object.*\) cannot be saved"):
        train(1, callbacks=[Odd()])
    assert any("Odd.socket" in one for one in kr.load_run("r").fold.warnings)


def streams():
    generator = keras_private.global_seed_generator()
    keras_state = None if generator is None else np.array(generator.state).tolist()
    return random.getstate(), repr(np.random.get_state()), keras_state


@pytest.mark.parametrize("seed", [None, 5])
def test_no_random_stream_of_the_user_s_is_advanced(seed):
    model = quick()
    keras.utils.set_random_seed(11)
    before = streams()
    kr.fit(model, X, Y, epochs=2, verbose=0, run="r", seed=seed)
    assert streams() == before


def test_without_a_seed_the_order_follows_the_global_one():
    seeds = []
    for value in (11, 12, 11):
        train(1, seed=None, init=value)
        seeds.append(kr.load_run("r").header.seed)
    assert seeds[0] == seeds[2] != seeds[1]


def test_without_any_seed_the_order_is_drawn_afresh(monkeypatch):
    monkeypatch.setattr(keras_private, "global_seed", lambda: None)
    seeds = []
    for _ in range(3):
        train(1, seed=None)
        seeds.append(kr.load_run("r").header.seed)
    assert len(set(seeds)) == 3


def test_batches_are_shuffled_unless_told_not_to():
    losses = {}
    for name, shuffle in (
        ("kept", False),
        ("shuffled", True),
        ("again", True),
        ("inside", "batch"),
    ):
        seen = Losses()
        train(1, callbacks=[seen], shuffle=shuffle, run=name)
        losses[name] = [logs["loss"] for _, logs in seen.seen]
    assert losses["shuffled"] == losses["again"] != losses["kept"]
    # Within a batch the loss of the first one stays, as near as sums of floats do.
    assert losses["inside"][0] == pytest.approx(losses["kept"][0], rel=1e-5)
    assert losses["shuffled"][0] != pytest.approx(losses["kept"][0], rel=1e-5)


# What is left behind.


def test_a_run_folder_holds_what_its_contract_says():
    train(3, checkpoint=kr.Checkpointing(keep_last=2, keep_best=0))
    run = Path("kresume_runs/r-001")
    assert sorted(path.relative_to(run).as_posix() for path in run.rglob("*")) == [
        "checkpoints",
        "checkpoints/epoch-0002.keras",
        "checkpoints/epoch-0003.keras",
        "heartbeat",
        "history.json",
        "journal.jsonl",
        "run.json",
        "writer.lock",
    ]
    header = kr.load_run("r").header
    assert (header.samples, header.batch_size, header.batches, header.seed) == (44, 16, 3, 3)
    assert header.fit["epochs"] == 3
    assert [one.name for one in header.data] == ["x", "y"]
    assert header.versions["keras"] == keras.__version__


def test_history_json_is_the_history():
    _, history = train(3, validation_data=(X, Y))
    document = json.loads(Path("kresume_runs/r-001/history.json").read_text())
    del document["kresume"]
    assert document == history.history


def test_a_kept_checkpoint_is_the_model_of_that_epoch():
    results = {}

    class Keep(keras.callbacks.Callback):
        def get_state(self):
            return None

        def set_state(self, state):
            pass

        def on_epoch_end(self, epoch, logs=None):
            results[epoch + 1] = self.model.predict(X, verbose=0)

    train(3, callbacks=[Keep()])
    run = kr.load_run("r")
    for epoch, expected in results.items():
        np.testing.assert_array_equal(run.load_model(epoch).predict(X, verbose=0), expected)
    np.testing.assert_array_equal(run.load_model().predict(X, verbose=0), results[3])


def test_runs_are_named_after_the_script(monkeypatch):
    monkeypatch.setattr("__main__.__file__", "/home/me/my experiment.py", raising=False)
    train(1, run=None)
    assert [one.name for one in kr.runs()] == ["my experiment-001"]


def test_a_picture_that_cannot_be_drawn_does_not_cost_the_training(tmp_path, monkeypatch):
    screen = _fit._Screen(tmp_path, None, None)
    screen._display = Display(tmp_path / "r-001", tmp_path)
    monkeypatch.setattr(Display, "finish", lambda *_: 1 / 0)
    with pytest.warns(UserWarning, match="r-001 could not be drawn: division by zero"):
        screen.end(tmp_path / "r-001")


def test_a_monitor_that_never_comes_is_told_once():
    policy = kr.Checkpointing(monitor="val_loss")
    with pytest.warns(UserWarning, match="no epoch has such a log") as told:
        kr.fit(dense(), X, Y, epochs=3, verbose=0, checkpoint=policy)
    assert len([one for one in told if "kresume_nb" in str(one.message)]) == 1
