"""Which weights `Run.load_model` gives where an optimizer averages them."""

from __future__ import annotations

import warnings

import keras
import numpy as np
import pytest

import kresume_nb as kr
from kresume_nb.errors import ArgumentError


def trained(optimizer, place):
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(2, "relu"), keras.layers.Dense(1)]
    )
    model.compile(optimizer, "mse")
    x = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")
    kr.fit(
        model, x, x[:, :1], epochs=2, batch_size=8, verbose=0, folder=place, run="ema", show=False
    )
    return model, kr.runs(place)[0]


def weights_of(model):
    return model.get_weights()


def averaging(wrapped):
    inner = keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5)
    return keras.optimizers.LossScaleOptimizer(inner) if wrapped else inner


@pytest.mark.parametrize("wrapped", [False, True])
def test_averages_are_what_fit_ended_with(tmp_path, wrapped):
    model, run = trained(averaging(wrapped), tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        averaged = weights_of(run.load_model(weights="averaged"))
        raw = weights_of(run.load_model(weights="raw"))
    for one, other in zip(averaged, weights_of(model), strict=True):
        np.testing.assert_array_equal(one, other)
    assert any(not np.array_equal(one, other) for one, other in zip(raw, averaged, strict=True))


def test_raw_weights_are_never_given_silently(tmp_path):
    _, run = trained(averaging(False), tmp_path)
    with pytest.warns(UserWarning, match=r"ema-001, epoch-0002\.keras, has raw weights"):
        given = weights_of(run.load_model())
    for one, other in zip(given, weights_of(run.load_model(weights="raw")), strict=True):
        np.testing.assert_array_equal(one, other)


def test_without_averages_nothing_is_said_and_none_can_be_asked_for(tmp_path):
    _, run = trained("adam", tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run.load_model()
    with pytest.raises(ArgumentError, match="averages none"):
        run.load_model(weights="averaged")
    with pytest.raises(ArgumentError, match='Expected "raw" or "averaged"'):
        run.load_model(weights="ema")
