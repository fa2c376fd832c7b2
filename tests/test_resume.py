"""What a resume tells: the report, and the errors that show what changed."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import keras
import numpy as np
import pytest

import kresume_nb as kr
from kresume_nb import _fit
from kresume_nb.errors import (
    ArchitectureChangedError,
    DataChangedError,
    ObjectiveChangedError,
    ResumeRefusedError,
)
from kresume_nb.notebook import Context
from kresume_nb.run import attempts, writer
from kresume_nb.run.records import Attempt, Cell, ResumeRequest
from kresume_nb.train.checkpoint.snapshot import Snapshotter
from kresume_nb.train.loop import run_training
from kresume_nb.train.resume import describe

NUMBERS = np.random.default_rng(0)
X = NUMBERS.normal(size=(44, 5)).astype("float32")
Y = (X[:, :1] + 0.3 * NUMBERS.normal(size=(44, 1))).astype("float32")
AT_EPOCHS = kr.Checkpointing(every_seconds=None, keep_last=9)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(place):
    """Every test has its own working directory, so its own `kresume_runs`."""


def model(units=4, *, activation="tanh", extra=(), rate=0.05, seed=1, **compiled):
    """Takes fewer milliseconds to train than TensorFlow takes to trace a graph."""
    keras.utils.set_random_seed(seed)
    layers = [keras.layers.Dense(units, activation), *extra, keras.layers.Dense(1)]
    made = keras.Sequential([keras.Input((5,)), *layers])
    compiled = {"optimizer": keras.optimizers.SGD(rate), "loss": "mse"} | compiled
    made.compile(run_eagerly=True, **compiled)
    return made


class Interrupt(keras.callbacks.Callback):
    """Presses the stop button after a step; has no state."""

    def __init__(self, after):
        super().__init__()
        self.after, self.steps = after, 0

    def get_state(self):
        return None

    def set_state(self, state):
        pass

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1
        if self.steps == self.after:
            ended = Path("kresume_runs/r-001/checkpoints/epoch-0001.keras")
            deadline = time.monotonic() + 30
            while not ended.exists():  # a later snapshot would take its place in the queue
                assert time.monotonic() < deadline
                time.sleep(0.01)
            os.kill(os.getpid(), signal.SIGINT)


def train(made=None, epochs=3, *, interrupt=None, callbacks=(), **arguments):
    defaults = {"x": X, "y": Y, "batch_size": 16, "verbose": 0, "run": "r", "resume": "auto"}
    callbacks = [*callbacks, Interrupt(interrupt)]
    made = model() if made is None else made
    return kr.fit(made, epochs=epochs, callbacks=callbacks, **(defaults | {"seed": 3} | arguments))


def half_trained(made=None, **arguments):
    """A run interrupted after step 5 of 9, in its second epoch; returns its folder."""
    with pytest.raises(KeyboardInterrupt):
        train(made, interrupt=5, checkpoint=AT_EPOCHS, **arguments)
    return Path("kresume_runs/r-001").resolve()


def report(name="r"):
    return kr.load_run(name).report


def found(name, verdict=None):
    """The details of the findings of that name."""
    return [one.detail for one in report() if one.what == name and verdict in (None, one.verdict)]


def test_what_tried_to_resume_it_is_in_the_journal_from_the_resume_on(monkeypatch):
    """In one write: a kill in between would have the attempt that succeeded seem one in vain."""
    run = half_trained()
    made = Attempt(number=1, by="server", who="a server", time=time.time(), step=5, checkpoint=None)
    assert attempts.claim(run, made)
    request = ResumeRequest(action="resume", run="r-001", attempt=1)
    in_notebook(monkeypatch, request, Path.cwd())
    written = []
    append = writer.RunWriter.append
    monkeypatch.setattr(
        writer.RunWriter,
        "append",
        lambda self, *events: (written.append(events), append(self, *events)),
    )
    train(show=False)
    (first, *more) = written[0]
    assert first.resumed
    assert [(one.attempt.number, one.attempt.outcome) for one in more] == [(1, "resumed")]
    assert not list(run.glob("attempt-*"))


# What was restored.


def test_a_run_that_was_never_resumed_has_an_empty_report():
    train()
    assert len(report()) == 0
    assert repr(report()) == "never resumed"
    assert report().line == "nothing was resumed"


def test_an_unchanged_notebook_is_restored_exactly_and_told_in_a_line(capsys):
    dropout = [keras.layers.Dropout(0.3)]
    half_trained(model(extra=dropout, metrics=["mae"]))
    train(model(extra=[keras.layers.Dropout(0.3)], metrics=["mae"], seed=9))
    assert [one.what for one in report() if one.verdict != "exact"] == []
    names = {one.what for one in report().exact}
    assert {
        "weights",
        "random layers",
        "optimizer",
        "learning rate",
        "metric totals",
        "random streams",
        "History",
        "Interrupt",
    } <= names
    assert found("weights") == ["4 variables"]
    assert found("random layers") == ["1 seed generator of a layer"]
    assert found("optimizer")[0].startswith("SGD, 5 iterations")
    assert found("learning rate") == ["0.05"]
    assert found("History") == ["1 epoch"]
    assert "Python" in found("random streams")[0]
    assert f"kresume_nb: {len(report())} restored exactly." in capsys.readouterr().out


def test_metrics_of_an_epoch_s_end_are_no_part_of_it():
    train(epochs=1)
    train(epochs=2)
    assert found("metric totals") == []


def test_the_report_is_a_value_with_a_table():
    half_trained()
    train(epochs=4)
    run = kr.load_run("r")
    assert run.report.changed == [one for one in run.report if one.verdict == "changed"]
    assert found("epochs", "changed") == ["3 then, 4 now"]
    assert repr(run.report).splitlines()[0] == "changed since (the present value is used):"
    assert repr(run.report).splitlines()[1].split() == ["epochs", "3", "then,", "4", "now"]
    assert run.fold.start.findings == list(run.report)


# What changed, and does no harm.


def test_a_learning_rate_that_somebody_edited_is_used_and_told():
    half_trained()
    made = model(rate=0.01)
    train(made)
    assert found("learning rate", "changed") == ["0.05 in the checkpoint, 0.01 now; yours is used"]
    assert kr.load_run("r").steps["learning_rate"][-1] == pytest.approx(0.01)


def halving():
    return keras.callbacks.LearningRateScheduler(lambda _, rate: rate / 2)


def test_a_learning_rate_that_training_changed_is_restored():
    half_trained(callbacks=[halving()])
    train(callbacks=[halving()])
    assert found("learning rate", "exact") == ["0.0125"]
    assert kr.load_run("r").steps["learning_rate"][-1] == pytest.approx(0.05 / 8)


def test_the_rate_of_a_model_that_was_trained_in_this_kernel_is_no_edit():
    schedule = halving()
    made = model()
    half_trained(made, callbacks=[schedule])
    train(made, callbacks=[schedule])
    assert found("learning rate", "exact") == ["0.0125"]


def test_what_training_made_of_a_callback_in_this_kernel_is_no_edit():
    plateau = keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=1)
    half_trained(callbacks=[plateau])
    train(callbacks=[plateau])
    assert report().changed == []
    assert "best" in found("ReduceLROnPlateau", "exact")[0]


def test_other_settings_of_the_optimizer_are_used_and_told():
    half_trained(model(optimizer=keras.optimizers.Adam(0.01, beta_1=0.9)))
    train(model(optimizer=keras.optimizers.Adam(0.01, beta_1=0.5)))
    assert found("optimizer's beta_1", "changed") == ["0.9 then, 0.5 now"]


def test_other_metrics_lose_the_totals_of_the_epoch_and_nothing_else():
    half_trained(model(metrics=["mae"]))
    with pytest.warns(UserWarning, match="metric totals: the metrics changed"):
        train(model(metrics=["mae", "mape"]))
    assert found("metric totals", "lost") == [
        "the metrics changed; the logs of this epoch are over its remainder"
    ]
    assert found("metrics", "changed") == ["['mae'] then, ['mae', 'mape'] now"]
    assert kr.load_run("r").status == "finished"


def test_other_validation_data_are_told():
    half_trained(validation_data=(X[:8], Y[:8]))
    train(validation_data=(X[8:16], Y[8:16]))
    assert "other data than then" in found("validation data", "changed")[0]


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        (("versions", "keras"), "2.0", "keras"),
        (("versions", "python"), "3.9", "python"),
        (("device",), "gpu:0", "device"),
        (("floatx",), "float64", "floatx"),
        (("dtype policy",), "mixed_float16", "dtype policy"),
        (("flags", "op determinism"), "maybe", "op determinism"),
    ],
)
def test_another_environment_is_told(path, value, what, monkeypatch):
    now = describe.environment()
    then = {**now, "flags": dict(now["flags"]), "versions": dict(now["versions"])}
    place = then
    for key in path[:-1]:
        place = place[key]
    before = place.get(path[-1])
    place[path[-1]] = value
    with monkeypatch.context() as patch:
        patch.setattr(describe, "environment", lambda: then)
        half_trained()
    train()
    assert found(what, "changed") == [f"{value} then, {before} now"]


def test_bits_are_not_promised_on_a_device_without_determinism(monkeypatch):
    environment = describe.environment() | {"device": "gpu:0", "flags": {"op determinism": False}}
    monkeypatch.setattr(describe, "environment", lambda: environment)
    half_trained()
    with pytest.warns(UserWarning, match=r"bit equality not promised: op determinism is off on g"):
        train()
    assert "enable_op_determinism() first" in found("operations", "approximate")[0]


def test_a_checkpoint_that_does_not_say_its_layers_is_compared_by_its_variables(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(run_training, "Snapshotter", of_version_0_1)
        half_trained()
    with pytest.raises(ArchitectureChangedError, match=r"variable 1 \(.*\(5, 4\) then, .*\(5, 3\)"):
        train(model(units=3))
    with pytest.raises(DataChangedError, match=r"batch_size +16 then, 4 now"):
        train(batch_size=4)
    with pytest.warns(UserWarning, match="does not say its layers, compile arguments"):
        train()
    assert [one.what for one in report() if one.verdict != "exact"] == ["comparison with then"]


def of_version_0_1(made, states, process, facts, *others):
    """Takes snapshots that say no more of the call than the first version's did."""
    said = ("seed", "shuffle", "samples", "batch_size", "order", "data")
    return Snapshotter(made, states, process, {name: facts[name] for name in said}, *others)


# What changed, and would make another training of it.


def wide():
    return model(units=8)


def other_activation():
    return model(activation="relu")


def deeper():
    return model(extra=[keras.layers.Dense(4, "tanh")])


def with_dropout():
    return model(extra=[keras.layers.Dropout(0.5)])


def other_optimizer():
    return model(optimizer=keras.optimizers.Adam(0.05))


def with_momentum():
    return model(optimizer=keras.optimizers.SGD(0.05, momentum=0.9))


def scheduled():
    schedule = keras.optimizers.schedules.CosineDecay(0.05, 100)
    return model(optimizer=keras.optimizers.SGD(schedule))


def other_loss():
    return model(loss="mae")


@pytest.mark.parametrize(
    ("make", "error", "lines"),
    [
        (
            wide,
            ArchitectureChangedError,
            [
                r"layer dense\w* \(Dense\) +units: 4 then, 8 now; kernel: float32 \(5, 4\) then, f",
                r"float32 \(5, 8\) now; bias: float32 \(4,\) then, float32 \(8,\) now",
                r"layer dense\w* \(Dense\) +kernel: float32 \(4, 1\) then, float32 \(8, 1\) now",
            ],
        ),
        (
            other_activation,
            ArchitectureChangedError,
            [r"layer dense\w* \(Dense\) +activation: tanh then, relu now"],
        ),
        (
            deeper,
            ArchitectureChangedError,
            [r"layer dense\w* \(Dense\) +not there then \(kernel float32 \(4, 4\), bias float32"],
        ),
        (
            with_dropout,
            ArchitectureChangedError,
            [r"layer dropout\w* \(Dropout\) +not there then"],
        ),
        (other_optimizer, ObjectiveChangedError, ["optimizer +SGD then, Adam now"]),
        (with_momentum, ObjectiveChangedError, [r"optimizer's variable 3 \(.*nothing then, "]),
        (scheduled, ObjectiveChangedError, ["optimizer's learning_rate.class_name +None then, Co"]),
        (other_loss, ObjectiveChangedError, ["loss +mse then, mae now"]),
    ],
)
def test_another_training_is_refused_with_the_difference_shown(make, error, lines, tree_digest):
    run = half_trained()
    before = tree_digest(run)
    with pytest.raises(error) as caught:
        train(make())
    told = str(caught.value)
    for line in lines:
        assert caught.match(line)
    assert "going on would not be the same training" in told
    assert "step-00000005.keras" in told
    assert "resume=1 goes on knowingly from after 1 epoch, in a new run, a fork" in told
    assert "resume='never' begins a new run" in told
    assert caught.value.differences
    assert isinstance(caught.value, ResumeRefusedError | ValueError)
    assert tree_digest(run) == before
    writer.lock(run).release()
    train(make(), epochs=1, resume="never")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"x": X + 1}, "x +other contents than then"),
        ({"x": X[::-1].copy()}, "x +other contents than then"),
        ({"y": -Y}, "y +other contents than then"),
        ({"x": X[:-1], "y": Y[:-1]}, r"samples +44 then, 43 now\n.*x +float32 \(44, 5\) then, f"),
        ({"batch_size": 4}, "batch_size +16 then, 4 now"),
        ({"shuffle": False}, "shuffle +True then, False now"),
        ({"sample_weight": np.ones(44)}, "sample_weight +not there then"),
    ],
)
def test_other_data_are_refused_with_the_difference_shown(change, line, tree_digest):
    run = half_trained()
    before = tree_digest(run)
    with pytest.raises(DataChangedError, match=line) as caught:
        train(**change)
    assert "resume=1 goes on knowingly" in str(caught.value)
    assert tree_digest(run) == before


def test_everything_that_changed_is_shown_at_once():
    half_trained()
    with pytest.raises(ArchitectureChangedError, match=r"(?s)units: 4 then.*loss .*batch_size"):
        train(model(units=8, loss="mae"), batch_size=4)


def test_a_run_that_keeps_no_epoch_s_end_offers_no_fork():
    run = half_trained()
    for path in (run / "checkpoints").glob("epoch-*"):
        path.unlink()
    journal = run / "journal.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(one for one in lines if '"file":"epoch-' not in one))
    with pytest.raises(DataChangedError) as caught:
        train(batch_size=4)
    assert "goes on knowingly" not in str(caught.value)


# To go on knowingly: a fork.


def test_a_fork_may_have_other_data_and_says_so():
    train(epochs=1)
    train(epochs=3, resume=1, x=X + 1)
    assert found("x", "changed") == ["other contents than then"]
    assert "x: other contents than then" in kr.load_run("r").fold.report


def test_a_fork_of_another_model_takes_over_the_layers_that_match():
    train(epochs=1)
    before = kr.load_run("r").load_model(1).layers[0].get_weights()
    made = model(extra=[keras.layers.Dense(4, "tanh")], seed=7)
    anew = made.layers[1].get_weights()[0].copy()
    taken = []

    class Look(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if not taken:
                taken.extend(one.get_weights()[0].copy() for one in self.model.layers)

    with pytest.warns(UserWarning, match=r"layer dense\w* \(Dense\): 2 of 2 variables begin anew"):
        train(made, epochs=3, resume=1, callbacks=[Look()])
    np.testing.assert_array_equal(taken[0], before[0])
    np.testing.assert_array_equal(taken[1], anew)
    assert found("weights", "approximate") == ["4 variables, of the layers that match"]
    assert report().lost[0].what.startswith("layer dense")
    assert kr.load_run("r").parent.epoch == 1


def test_a_fork_with_another_optimizer_begins_that_anew():
    train(epochs=1)
    with pytest.warns(UserWarning, match="optimizer: it begins anew"):
        train(other_optimizer(), epochs=2, resume=1)
    assert found("optimizer", "changed") == ["SGD then, Adam now"]
    assert found("weights", "exact") == ["4 variables"]
    assert kr.load_run("r").steps["learning_rate"][-1] == pytest.approx(0.05)


# What the page asked for.


def in_notebook(monkeypatch, request, place):
    """`fit` as a notebook's cell calls it."""
    made = Context(
        jupyter=True,
        kernel="k",
        file="n.ipynb",
        folder=place,
        cell=Cell(id="cell", source="kr.fit(…)"),
        setup=[],
        request=request,
    )
    monkeypatch.setattr(_fit.notebook, "context", lambda: made)


def test_a_fork_in_mid_epoch_leaves_its_origin_as_it_is(tree_digest, monkeypatch):
    run = half_trained()
    before = tree_digest(run)
    wanted = ResumeRequest(action="fork", run="r-001", checkpoint="step-00000005.keras")
    in_notebook(monkeypatch, wanted, Path.cwd())
    train(show=False)
    assert tree_digest(run) == before
    fork = kr.load_run("r-002")
    assert (fork.parent.run, fork.parent.checkpoint) == ("r-001", "step-00000005.keras")
    assert fork.status == "finished"


def test_a_fork_in_mid_epoch_refuses_other_batches(monkeypatch):
    half_trained()
    wanted = ResumeRequest(action="fork", run="r-001", checkpoint="step-00000005.keras")
    in_notebook(monkeypatch, wanted, Path.cwd())
    with pytest.raises(DataChangedError, match=r"taken in the middle of an epoch") as caught:
        train(show=False, batch_size=4)
    assert caught.match(r"Fork it at the end of an epoch, with resume=N; kept: (0, )?1\.")


def test_a_checkpoint_that_is_gone_cannot_be_forked(monkeypatch):
    half_trained()
    wanted = ResumeRequest(action="fork", run="r-001", checkpoint="step-00000999.keras")
    in_notebook(monkeypatch, wanted, Path.cwd())
    with pytest.raises(FileNotFoundError, match=r"keeps no checkpoint step-00000999\.keras"):
        train(show=False)
