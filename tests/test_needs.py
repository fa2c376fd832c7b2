"""Loading a model of one's own: what the file needs and this session lacks, all at once."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import kresume_nb as kr
from kresume_nb.errors import MissingObjectsError, RunNotFoundError, UnsafeModelError

X = np.random.default_rng(0).normal(size=(16, 4)).astype("float32")
Y = X[:, :1]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(place):
    """Every test has its own working directory, so its own `kresume_runs`."""


class Gate(keras.layers.Layer):
    def call(self, inputs):
        return inputs * 2


def swish_like(values):
    return values * keras.ops.sigmoid(values)


def huber_like(wanted, got):
    return keras.ops.mean(keras.ops.abs(wanted - got))


class Descent(keras.optimizers.SGD):
    pass


OWN = {"Gate": Gate, "swish_like": swish_like, "Descent": Descent, "huber_like": huber_like}


def train(*layers, optimizer="sgd", loss="mse", metrics=()):
    model = keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(1)])
    model.compile(optimizer, loss, metrics=list(metrics), run_eagerly=True)
    kr.fit(model, X, Y, epochs=2, batch_size=8, verbose=0, run="r", seed=1)
    return model


def test_everything_that_is_missing_is_named_at_once_with_how_to_pass_it():
    layers = Gate(name="gate"), keras.layers.Dense(3, swish_like, name="hidden")
    train(*layers, optimizer=Descent(0.1), loss=huber_like)
    with pytest.raises(MissingObjectsError) as caught:
        kr.load_run("r").load_model(2)
    told = str(caught.value)
    assert "r-001: epoch-0002.keras needs 4 of your own classes or functions" in told
    assert "  Gate        a class, of layer 'gate'\n" in told
    assert "  swish_like  a function, of layer 'hidden'\n" in told
    assert "  Descent     a class, of the optimizer\n" in told
    assert "  huber_like  a function, of the loss\n" in told
    assert (
        "load_model(2, custom_objects={'Gate': Gate, 'swish_like': swish_like, "
        "'Descent': Descent, 'huber_like': huber_like})" in told
    )
    assert "@keras.saving.register_keras_serializable()" in told


def test_what_is_passed_is_not_missing():
    model = train(Gate(), optimizer=Descent(0.1), loss=huber_like)
    loaded = kr.load_run("r").load_model(custom_objects=OWN)
    np.testing.assert_array_equal(loaded(X), model(X))
    with pytest.raises(MissingObjectsError, match=r"needs 1 of your own.*\n\n  huber_like"):
        kr.load_run("r").load_model(custom_objects={"Gate": Gate, "Descent": Descent})


def test_what_is_registered_is_not_missing():
    class Doubling(Gate):
        pass

    registered = keras.saving.register_keras_serializable("mine")(Doubling)
    try:
        train(registered())
        kr.load_run("r").load_model()
    finally:
        keras.saving.get_custom_objects().pop("mine>Doubling")
    with pytest.raises(MissingObjectsError, match=r"'mine>Doubling': Doubling"):
        kr.load_run("r").load_model()


def test_keras_own_functions_and_operations_are_not_missing():
    inputs = keras.Input((4,))
    outputs = keras.layers.Dense(1, keras.activations.gelu)(inputs * 2 + 1)
    model = keras.Model(inputs, outputs)
    model.compile("adam", keras.losses.mean_squared_error, metrics=["mae", keras.losses.huber])
    kr.fit(model, X, Y, epochs=1, verbose=0, run="r")
    kr.load_run("r").load_model()


@pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`")
def test_a_lambda_is_refused_and_never_run():
    train(keras.layers.Lambda(lambda values: values * 3, name="triple"))
    with pytest.raises(UnsafeModelError) as caught:
        kr.load_run("r").load_model()
    told = str(caught.value)
    assert "holds the code of a lambda, of layer 'triple'" in told
    assert "safe_mode=False" in told
    assert "epoch-0002.keras" in told


def test_an_epoch_that_is_not_kept_is_named():
    train()
    with pytest.raises(RunNotFoundError, match="does not keep a checkpoint after 9 epochs"):
        kr.load_run("r").load_model(9)
