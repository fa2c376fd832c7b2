"""One training is one `fit`, with the batches, numbers, draws and warnings of Keras' own."""

from __future__ import annotations

import functools
import gc
import itertools
import threading
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import kresume_nb as kr

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(40, 3)).astype("float32")
Y = X.sum(1, keepdims=True)


def network(**options):
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4), layers.Dropout(0.3)])
    model.add(layers.Dense(1))
    model.compile(**({"optimizer": "adam", "loss": "mse", "metrics": ["mae"]} | options))
    return model


class Calls(keras.callbacks.Callback):
    """Everything that Keras tells a callback, in order."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_begin(self, logs=None):
        self.seen.append("train begin")

    def on_train_end(self, logs=None):
        self.seen.append(("train end", sorted(logs or {})))

    def on_epoch_begin(self, epoch, logs=None):
        self.seen.append(("epoch begin", epoch))

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(("epoch end", epoch))

    def on_train_batch_begin(self, batch, logs=None):
        self.seen.append(("begin", batch))

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(("end", batch))


class Stop(keras.callbacks.Callback):
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
            raise KeyboardInterrupt


@pytest.fixture
def fits(monkeypatch):
    """The epochs of each call of `Model.fit`."""
    seen, fit = [], keras.Model.fit

    def counted(self, *arguments, **options):
        seen.append((options.get("initial_epoch", 0), options["epochs"]))
        return fit(self, *arguments, **options)

    monkeypatch.setattr(keras.Model, "fit", counted)
    return seen


def data(kind):
    rows = tf.data.Dataset.from_tensor_slices((X, Y))
    return {
        "arrays": lambda: {"x": X, "y": Y, "batch_size": 8},
        "arrays in steps": lambda: {"x": X, "y": Y, "batch_size": 8, "steps_per_epoch": 5},
        "cut short": lambda: {"x": X, "y": Y, "batch_size": 8, "steps_per_epoch": 3},
        "shuffled, in steps": lambda: {
            "x": rows.shuffle(40, seed=1).batch(8),
            "steps_per_epoch": 5,
        },
        "repeated": lambda: {"x": rows.shuffle(40, seed=1).batch(8).repeat(), "steps_per_epoch": 3},
        "of unknown length": lambda: {"x": rows.filter(lambda x, _: x[0] < 9).batch(8)},
    }[kind]()


KINDS = (
    "arrays",
    "arrays in steps",
    "cut short",
    "shuffled, in steps",
    "repeated",
    "of unknown length",
)
OUT_OF_DATA = "Your input ran out of data"


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_a_training_is_one_fit_and_what_keras_does(kind, stride, fits, tmp_path):
    results = []
    for ours in (False, True):
        model, calls = network(steps_per_execution=stride), Calls()
        options = {"epochs": 4, "shuffle": False, "verbose": 0, "callbacks": [calls], **data(kind)}
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            if ours:
                fits.clear()
                history = kr.fit(model, **options, folder=tmp_path)
            else:
                history = model.fit(options.pop("x"), **options)
        short = [one for one in told if OUT_OF_DATA in str(one.message)]
        weights = [one.tolist() for one in model.get_weights()]
        results.append((calls.seen, history.history, weights, bool(short)))
    keras_s, ours = results
    assert fits == [(0, 4)]
    assert ours[0] == keras_s[0], "what callbacks are told"
    assert ours[1] == keras_s[1], "history"
    assert ours[2] == keras_s[2], "weights"
    if kind != "of unknown length":  # how its length is learnt is no news
        assert ours[3] == keras_s[3], "the warning"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("arrays", [(1, 2), (2, 4)]),
        ("arrays in steps", [(1, 2), (2, 4)]),
        ("repeated", [(2, 3), (3, 4)]),
        ("of unknown length", [(1, 2), (2, 4)]),
    ],
)
def test_a_training_resumed_within_an_epoch_is_two(kind, expected, fits, tmp_path):
    options = {"epochs": 4, "verbose": 0, "folder": tmp_path, "seed": 1}
    options["checkpoint"] = kr.Checkpointing(every_steps=1)
    whole = kr.fit(network(), **data(kind), **options, resume="never", run="whole")
    fits.clear()
    with pytest.raises(KeyboardInterrupt):
        kr.fit(network(), **data(kind), **options, callbacks=[Stop(9)], run="broken")
    assert fits == [(0, 4)]
    fits.clear()
    calls = Calls()
    again = kr.fit(
        network(), **data(kind), **options, callbacks=[Stop(99), calls], run="broken", resume="auto"
    )
    assert fits == expected
    assert again.history == whole.history
    assert [one for one in calls.seen if one == "train begin" or one[0] == "train end"] == [
        "train begin",
        ("train end", ["loss", "mae"]),
    ]


def test_a_generator_that_ends_with_an_epoch_ends_training_as_in_keras(tmp_path):
    def batches():
        for at in range(0, 32, 8):
            yield X[at : at + 8], Y[at : at + 8]

    histories = []
    for ours in (False, True):
        model = network()
        options = {"epochs": 2, "steps_per_epoch": 4, "verbose": 0, "shuffle": False}
        fit = functools.partial(kr.fit, folder=tmp_path) if ours else keras.Model.fit
        with pytest.warns(UserWarning, match=OUT_OF_DATA):
            history = fit(model, batches(), **options)
        histories.append(history.history)
        model.predict(X, verbose=0)
    assert histories[0] == histories[1]


def test_steps_per_epoch_need_be_no_multiple_of_steps_per_execution(tmp_path):
    def train(fit, **more):
        model = network(steps_per_execution=4)
        x = tf.data.Dataset.from_tensor_slices((X, Y)).batch(8).repeat()
        history = fit(model, x, steps_per_epoch=6, epochs=3, verbose=0, shuffle=False, **more)
        return history.history, int(model.optimizer.iterations)

    assert train(kr.fit, folder=tmp_path) == train(keras.Model.fit)


class Endless(keras.utils.PyDataset):
    num_batches = None

    def __getitem__(self, number):
        return X[:8], Y[:8]


def endless():
    for _ in itertools.count():
        yield X[:8], Y[:8]


@pytest.mark.parametrize(
    "data",
    [
        lambda: (X, Y),
        lambda: (Endless(), None),
        lambda: (endless(), None),
        lambda: (tf.data.Dataset.from_tensor_slices((X, Y)).shuffle(9).repeat().batch(8), None),
    ],
    ids=["arrays", "PyDataset", "generator", "tf.data"],
)
def test_no_iterator_is_left_to_the_garbage_collection(data, place):
    """Which may run in the thread that reads for it: that waits for itself, and no more is collected."""
    x, y = data()
    gc.collect()
    gc.disable()
    try:
        kr.fit(network(), x, y, epochs=2, steps_per_epoch=3, verbose=0)
        left = [one for one in gc.get_objects() if type(one).__name__ == "OwnedIterator"]
    finally:
        gc.enable()
    assert not left


def test_threads_of_grain_end_with_training(place):
    grain = pytest.importorskip("grain")
    data = grain.MapDataset.source(list(zip(X, Y, strict=True))).batch(8).to_iter_dataset()

    def reading():
        return {one for one in threading.enumerate() if one.name.startswith("grain-prefetch")}

    before = reading()
    with pytest.raises(KeyboardInterrupt):
        kr.fit(network(), data, epochs=2, verbose=0, callbacks=[Stop(2)])
    assert not {one for one in reading() - before if one.is_alive()}
