from __future__ import annotations

import keras
import pytest

from kresume_nb.run import writer as run_writer
from kresume_nb.run.records import Writer
from kresume_nb.train.checkpoint.snapshot import Snapshotter
from kresume_nb.train.keras_compat import keras_private
from kresume_nb.train.state.all_callbacks import CallbackStates

PROCESS = Writer(pid=1, host="here", kernel=None, started=0.0)


@pytest.fixture
def data():
    """32 samples of 5 features, and a target."""
    import numpy as np

    numbers = np.random.default_rng(0)
    x = numbers.normal(size=(32, 5)).astype("float32")
    return x, x[:, :1] * 2


@pytest.fixture
def small_model():
    """Makes a model that has everything that a checkpoint keeps; built and compiled."""

    def make(optimizer="adam", seed=1):
        keras.utils.set_random_seed(seed)
        inputs = keras.Input((5,))
        hidden = keras.layers.Dense(4, "relu")(inputs)
        hidden = keras.layers.BatchNormalization()(hidden)
        hidden = keras.layers.Dropout(0.5)(hidden)
        model = keras.Model(inputs, keras.layers.Dense(1)(hidden))
        model.compile(optimizer, "mse", metrics=["mae"], run_eagerly=True)
        keras_private.build(model, lambda: (keras.ops.ones((2, 5)), keras.ops.ones((2, 1))))
        return model

    return make


@pytest.fixture
def snapshotter():
    """Makes a snapshotter of a model and its callbacks."""

    def make(model, callbacks=(), facts=None):
        return Snapshotter(model, CallbackStates(callbacks), PROCESS, facts or {})

    return make


@pytest.fixture
def writer(tmp_path):
    """The writer of a new run."""
    path = run_writer.new_folder(tmp_path / "kresume_runs", "mnist")
    made = run_writer.RunWriter(path, run_writer.lock(path))
    yield made
    made.close()
