"""A configuration that asks for a model of gigabytes is refused before anything is allocated."""

from __future__ import annotations

import json
import resource
import zipfile

import keras
import numpy as np
import pytest

import kresume_nb as kr
from kresume_nb import claims
from kresume_nb.errors import CorruptCheckpointError

X = np.ones((8, 4), "float32")


@pytest.fixture
def run(place):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    kr.fit(model, X, X[:, :1], epochs=1, verbose=0, run="net", show=False)
    return kr.load_run("net")


def change(run, change):
    """Rewrites the configuration in the newest checkpoint; its CRC-32 is right."""
    path = run._checkpoint(None)
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    config = json.loads(members["config.json"])
    change(config)
    members["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)


def layers(config):
    return [one for one in config["config"]["layers"] if one["class_name"] == "Dense"]


def two(config):
    for one in layers(config):
        one["config"]["units"] = 30_000
        del one["build_config"]
    del config["build_config"]


def one(config):
    layers(config)[0]["config"]["units"] = 10**8


def one_that_fits_nowhere(config):
    layers(config)[1]["config"]["units"] = 10**8
    layers(config)[1]["build_config"] = {"input_shape": [None, 7]}


@pytest.mark.parametrize("claim", [one, two, one_that_fits_nowhere])
def test_a_model_that_the_weights_cannot_be_of_is_refused(claim, run):
    change(run, claim)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(CorruptCheckpointError, match=r"makes a model of [\d,]+ numbers, but the"):
        run.load_model()
    with keras.StatelessScope():
        pass  # gives values to variables that wait for them, as the next model that is built would
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # KiB


def test_a_large_model_of_ones_own_is_loaded(place):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5000), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    kr.fit(model, X, X[:, :1], epochs=1, verbose=0, run="wide", show=False)
    loaded = kr.load_run("wide").load_model()
    np.testing.assert_array_equal(loaded.layers[0].kernel, model.layers[0].kernel)


@pytest.mark.parametrize(
    "odd",
    [
        lambda config: config["config"].__setitem__("layers", None),
        lambda config: config.__setitem__("class_name", "Sequentiel"),
        lambda config: layers(config)[0]["config"].__setitem__("units", "many"),
    ],
    ids=["no layers", "no class", "no number"],
)
def test_what_keras_cannot_make_a_model_of_is_told_in_one_kind_of_error(odd, run):
    change(run, odd)
    with pytest.raises(CorruptCheckpointError, match="Keras cannot make the model of it"):
        run.load_model()


def test_a_configuration_without_end_is_refused(run):
    path = run._checkpoint(None)
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    members["config.json"] = b'{"class_name":' + b"[" * 500 + b"]" * 500 + b"}"
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    with pytest.raises(CorruptCheckpointError, match=r"config\.json: it is nested deeper than"):
        run.load_model()


def test_weights_are_looked_at_in_another_process_before_keras_does(run, monkeypatch):
    from kresume_nb.worker import checkpoints

    def refuse(worker, path):
        raise CorruptCheckpointError(f"{path} holds a link")

    monkeypatch.setattr(checkpoints, "verify", refuse)
    monkeypatch.setattr(keras.saving, "load_model", lambda *_, **__: pytest.fail("too early"))
    for load in (
        run.load_model,
        lambda: run.load_weights(keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])),
    ):
        with pytest.raises(CorruptCheckpointError, match="holds a link"):
            load()


def test_objects_of_others_are_not_asked_what_they_are(tmp_path):
    class Proxy:
        @property
        def __class__(self):
            raise AssertionError("somebody asked")

    held = Proxy()
    assert claims._numbers({"class_name": "nothing"}, {}) == 0
    assert type(held) is Proxy
