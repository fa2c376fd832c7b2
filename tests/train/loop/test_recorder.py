from __future__ import annotations

import keras
import numpy as np
import pytest

import kresume_nb as kr
from kresume_nb.run.reader import read_journal
from kresume_nb.run.records import Position
from kresume_nb.train.loop import recorder
from kresume_nb.train.loop.recorder import LearningRate, Recorder

schedules = keras.optimizers.schedules
EPOCHS, BATCHES = 2, 4


class Watched(keras.optimizers.SGD):
    """Takes down the learning rate that each step really used (in eager mode)."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.used: dict[int, float] = {}

    def update_step(self, gradient, variable, learning_rate):
        self.used[int(self.iterations)] = float(learning_rate)
        super().update_step(gradient, variable, learning_rate)


class Branching(schedules.LearningRateSchedule):
    """A schedule of a user's, written for one iteration."""

    def __call__(self, step):
        return 0.5 if int(step) % 3 == 0 else 0.25

    def get_config(self):
        return {}


class Lying(schedules.LearningRateSchedule):
    """Takes many iterations at once, but answers for the first."""

    def __call__(self, step):
        step = keras.ops.cast(step, "float32")
        return keras.ops.zeros_like(step) + 1.0 / (1.0 + keras.ops.reshape(step, [-1])[0])

    def get_config(self):
        return {}


def each_batch(hook):
    """A callback of a user's that changes the rate between steps."""

    def change(self, batch, logs=None):
        del batch, logs
        self.model.optimizer.learning_rate = 0.1 / (1 + int(self.model.optimizer.iterations))

    return type("EachBatch", (keras.callbacks.Callback,), {hook: change})()


RATES = {
    "constant": (0.05, []),
    "cosine": (lambda: schedules.CosineDecay(0.1, 10), []),
    "piecewise": (lambda: schedules.PiecewiseConstantDecay([2, 5], [0.3, 0.2, 0.1]), []),
    "warm-up": (lambda: schedules.CosineDecay(0.0, 10, warmup_target=0.2, warmup_steps=4), []),
    "a schedule for one iteration": (Branching, []),
    "a schedule that answers for the first": (Lying, []),
    "each epoch": (
        0.05,
        [lambda: keras.callbacks.LearningRateScheduler(lambda n, _: 0.1 / (n + 1))],
    ),
    "plateau": (
        0.05,
        [lambda: keras.callbacks.ReduceLROnPlateau("loss", patience=0, min_delta=1e9, factor=0.5)],
    ),
    "before each batch": (0.05, [lambda: each_batch("on_train_batch_begin")]),
    "after each batch": (0.05, [lambda: each_batch("on_train_batch_end")]),
    "after each batch, old name": (0.05, [lambda: each_batch("on_batch_end")]),
}


def train(rate, callbacks, **options):
    made = rate() if callable(rate) else rate
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(Watched(made), "mse", metrics=["mae"], run_eagerly=True)
    x = np.linspace(-1, 1, 14, dtype="float32").reshape(7, 2)
    seen = Seen()
    arguments = {"batch_size": 2, "epochs": EPOCHS, "verbose": 0, "run": "r", "seed": 1}
    kr.fit(
        model, x, x[:, :1], callbacks=[*(one() for one in callbacks), seen], **arguments, **options
    )
    return kr.load_run("r"), model.optimizer.used, seen


class Seen(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.logs, self.ends = [], []

    def get_state(self):
        return None

    def set_state(self, state):
        pass

    def on_train_batch_end(self, batch, logs=None):
        self.logs.append(dict(logs))

    def on_epoch_end(self, epoch, logs=None):
        self.ends.append(dict(logs))


@pytest.mark.parametrize("case", RATES)
@pytest.mark.parametrize("flush", [0.0, 1e9], ids=["a line a step", "a line an epoch"])
@pytest.mark.usefixtures("place")
def test_the_learning_rate_of_a_step_is_the_one_that_it_used(case, flush, monkeypatch):
    monkeypatch.setattr(recorder, "_FLUSH_SECONDS", flush)
    run, used, _ = train(*RATES[case])
    assert len(used) == EPOCHS * BATCHES
    expected = [used[step] for step in range(EPOCHS * BATCHES)]
    assert run.steps["learning_rate"] == pytest.approx(expected, rel=1e-6)
    last = [expected[(epoch + 1) * BATCHES - 1] for epoch in range(EPOCHS)]
    assert [row.learning_rate for row in run.fold.rows] == pytest.approx(last, rel=1e-6)


@pytest.mark.parametrize("flush", [0.0, 1e9], ids=["a line a step", "a line an epoch"])
@pytest.mark.usefixtures("place")
def test_steps_are_columns_of_what_the_callbacks_saw(flush, monkeypatch):
    monkeypatch.setattr(recorder, "_FLUSH_SECONDS", flush)
    run, _, seen = train(0.05, [])
    steps = run.steps
    assert steps["step"] == list(range(1, EPOCHS * BATCHES + 1))
    assert steps["epoch"] == [epoch for epoch in (1, 2) for _ in range(BATCHES)]
    assert steps["batch"] == [1, 2, 3, 4] * EPOCHS
    for name in ("loss", "mae"):
        assert steps[name] == [logs[name] for logs in seen.logs]
        assert run.history[name] == [logs[name] for logs in seen.ends]
    assert len(run.fold.chunks) == (EPOCHS * BATCHES if flush == 0 else EPOCHS)


@pytest.mark.usefixtures("place")
def test_a_constant_rate_is_written_once_a_line(monkeypatch):
    monkeypatch.setattr(recorder, "_FLUSH_SECONDS", 1e9)
    run, _, _ = train(0.05, [])
    assert [len(chunk.learning_rate) for chunk in run.fold.chunks] == [1] * EPOCHS


def test_several_steps_at_once_share_their_logs(writer):
    class Constant:
        def note(self):
            return 0.1

        def resolve(self, noted, _):
            return noted

        def begin_epoch(self):
            pass

    noting = Recorder(writer, Constant(), lambda: 0)
    noting.begin_epoch()
    for last, steps in ((3, 3), (5, 2)):
        noting.note_rate(steps)
        noting.step(Position(epoch=0, batch=last, step=last), steps, {"loss": float(last)})
    noting.flush()
    noting.flush()
    columns = read_journal(writer.path).fold.steps()
    assert columns["step"] == [1, 2, 3, 4, 5]
    assert columns["loss"] == [3.0, 3.0, 3.0, 5.0, 5.0]


def test_logs_that_are_no_numbers_are_left_out_and_missing_ones_are_nan(writer):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    noting = Recorder(writer, LearningRate(model, []), lambda: 2)
    noting.begin_epoch()
    logs = [{"loss": 1.0}, {"loss": np.float32(0.5), "mae": 2.0, "note": "text", "many": [1, 2]}]
    for step, one in enumerate(logs, start=1):
        noting.note_rate(1)
        noting.step(Position(epoch=0, batch=step, step=step), 1, one)
    noting.flush()
    columns = read_journal(writer.path).fold.steps()
    assert columns.keys() == {"step", "epoch", "batch", "learning_rate", "loss", "mae"}
    assert columns["loss"] == [1.0, 0.5]
    assert np.isnan(columns["mae"][0])
    assert columns["mae"][1] == 2.0


@pytest.mark.usefixtures("place")
def test_a_model_of_its_own_train_step_is_read_at_each_step():
    class Custom(keras.Sequential):
        def train_step(self, data):
            self.optimizer.learning_rate = 0.01 * (1 + int(self.optimizer.iterations))
            return super().train_step(data)

    model = Custom([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(Watched(0.5), "mse", run_eagerly=True)
    kr.fit(model, np.ones((6, 2)), np.ones((6, 1)), batch_size=2, epochs=2, verbose=0, run="r")
    used = [model.optimizer.used[step] for step in range(6)]
    assert kr.load_run("r").steps["learning_rate"] == pytest.approx(used)
    assert len(set(used)) == 6


class Counting(schedules.LearningRateSchedule):
    """Counts how often it was asked: state of a user's, which to look on must not change."""

    def __init__(self):
        self.asked = 0

    def __call__(self, step):
        self.asked += 1
        return 0.1 + 0 * keras.ops.cast(step, "float32")


def test_a_schedule_does_not_notice_that_its_rates_are_written_down():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    schedule = Counting()
    model.compile(keras.optimizers.SGD(schedule), "mse")
    rate = LearningRate(model, [])
    assert rate.resolve([rate.note()] * 3, 3) == pytest.approx([0.1] * 3)
    assert schedule.asked == 0
