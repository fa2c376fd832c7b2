"""Models are built as `fit` builds them, and a checkpoint needs no `get_config`."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import kresume_nb as kr
from kresume_nb.errors import MissingObjectsError
from kresume_nb.train.keras_compat import keras_private

X = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")


class Own(keras.Model):
    """No `call`, no `get_config`; its step makes a metric."""

    def __init__(self, width):
        super().__init__()
        self.net, self.seen = keras.Sequential([keras.layers.Dense(width)]), None

    def train_step(self, data):
        if self.seen is None:
            self.seen = keras.metrics.Mean(name="seen")
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((self.net(data[0]) - data[0]) ** 2)
        weights = self.net.trainable_weights
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        self.seen.update_state(loss)
        return {"loss": loss}


def own(seed):
    keras.utils.set_random_seed(seed)
    model = Own(3)
    model.compile("adam")
    return model


class Stop(keras.callbacks.Callback):
    def get_state(self):
        return None

    def set_state(self, state):
        pass

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.optimizer.iterations) == self.after:
            raise KeyboardInterrupt


@pytest.mark.parametrize("after", [1, 6])
def test_what_only_a_step_can_build_goes_on_exactly(after, tmp_path):
    options = {"batch_size": 8, "epochs": 3, "verbose": 0, "folder": tmp_path, "seed": 1}
    options["checkpoint"] = kr.Checkpointing(every_steps=2)
    whole = own(1)
    expected = kr.fit(whole, X, X, **options, run="whole")
    stop = Stop()
    stop.after = after
    with pytest.raises(KeyboardInterrupt):
        kr.fit(own(1), X, X, **options, run="broken", callbacks=[stop])
    model, stop = own(2), Stop()
    stop.after = -1
    history = kr.fit(model, X, X, **options, run="broken", callbacks=[stop])
    assert history.history == expected.history
    assert [one.tolist() for one in model.get_weights()] == [
        one.tolist() for one in whole.get_weights()
    ]
    run = kr.load_run(tmp_path / "broken-001")
    with pytest.raises(
        MissingObjectsError, match=r"Keras could not serialize .*load_weights\(model"
    ):
        run.load_model()
    other = own(3)
    other.net(X)
    run.load_weights(other)
    assert [one.tolist() for one in other.net.get_weights()] == [
        one.tolist() for one in model.net.get_weights()
    ]


def test_what_keras_refuses_leaves_nothing_behind(tmp_path):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, name="out")])
    model.compile("adam", "mse")
    with pytest.raises(ValueError, match="expected axis -1 of input shape to have value 3"):
        kr.fit(model, X[:, :2], X[:, :1], verbose=0, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_whole_numbers_of_numpy_and_no_epoch_at_all(tmp_path):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    options = {"verbose": 0, "folder": tmp_path}
    assert kr.fit(model, X, X[:, :1], epochs=0, **options).history == {}
    assert list(tmp_path.iterdir()) == []
    numbers = {"epochs": np.int64(1), "batch_size": np.int32(8), "seed": np.int64(3)}
    assert len(kr.fit(model, X, X[:, :1], **numbers, **options).history["loss"]) == 1


class Changing(Stop):
    """Changes layers before the first step has built them, and as training goes on."""

    def __init__(self, change, after):
        super().__init__()
        self.change, self.after = change, after

    def on_epoch_begin(self, epoch, logs=None):
        self.change(self.model.layers[-4:], epoch)  # without a layer for the input
        self.model.make_train_function(force=True)


def freeze_first(layers, epoch):
    layers[0].trainable = False


def freeze_first_later(layers, epoch):
    for number, layer in enumerate(layers):
        layer.trainable = number > 0 or epoch == 0


def drop_less(layers, epoch):
    layers[1].rate = 0.3 / (epoch + 1)


CHANGES = {
    "one frozen before it is built": (freeze_first, ()),
    "one frozen from the second epoch on": (freeze_first_later, ()),
    "fewer frozen than the model was made with": (freeze_first_later, (0, 2)),
    "a rate": (drop_less, ()),
}


@pytest.mark.parametrize("inputs", [[], [keras.Input((3,))]], ids=["not built", "built"])
@pytest.mark.parametrize("case", CHANGES)
def test_layers_that_a_callback_changes_from_the_beginning_go_on(case, inputs, tmp_path):
    change, frozen = CHANGES[case]

    def made():
        keras.utils.set_random_seed(1)
        layers = [keras.layers.Dense(4, "relu"), keras.layers.Dropout(0.4)]
        layers += [keras.layers.Dense(2), keras.layers.Dense(3)]
        for number in frozen:
            layers[number].trainable = False
        model = keras.Sequential([*inputs, *layers])
        model.compile("adam", "mse")
        return model

    options = {"batch_size": 8, "epochs": 3, "verbose": 0, "folder": tmp_path, "seed": 1}
    options["checkpoint"] = kr.Checkpointing(every_steps=2)
    whole = made()
    expected = kr.fit(whole, X, X, **options, run="whole", callbacks=[Changing(change, -1)])
    for after in (6, 9):
        with pytest.raises(KeyboardInterrupt):
            kr.fit(made(), X, X, **options, run="broken", callbacks=[Changing(change, after)])
    model = made()
    history = kr.fit(model, X, X, **options, run="broken", callbacks=[Changing(change, -1)])
    assert history.history == expected.history
    for ours, theirs in zip(model.optimizer.variables, whole.optimizer.variables, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert [one.tolist() for one in model.get_weights()] == [
        one.tolist() for one in whole.get_weights()
    ]


def test_fit_reads_no_batch_for_a_layer_that_never_counts_as_built():
    inputs = keras.Input((3,))
    model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    model.prepares = keras.layers.Dense(2)  # is never called
    model.compile("sgd", "mse", metrics=["mae"])
    read = []

    def batches():
        read.append(1)
        yield 0, 0, [(X, X[:, :1])]

    with keras_private.building_from(model, lambda: (X, X[:, :1])):
        model._symbolic_build(iterator=batches())  # as `fit` does on JAX and torch
        assert not read
        assert model.optimizer.built
        model._symbolic_build(iterator=batches())  # as an `evaluate` within it does
        assert read
    assert "_symbolic_build" not in vars(model)
