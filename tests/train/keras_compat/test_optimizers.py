from __future__ import annotations

import keras
import numpy as np
import pytest

from kresume_nb.train.keras_compat import optimizers
from kresume_nb.train.keras_compat.keras_versions import public

EMA = {"use_ema": True, "ema_momentum": 0.5}


def averaging(kind):
    inner = keras.optimizers.SGD(0.1, **EMA)
    return {
        "plain": lambda: inner,
        "scaled": lambda: keras.optimizers.LossScaleOptimizer(inner),
        "several": lambda: keras.optimizers.MultiOptimizer(lambda _: inner),
    }[kind]()


def trained(optimizer):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(optimizer, "mse")
    model.fit(np.ones((8, 2)), np.ones((8, 1)), batch_size=2, verbose=0)
    return [np.array(one) for one in model.weights], model


needs_multi_optimizer = pytest.mark.skipif(
    not public("optimizers.MultiOptimizer"), reason="Keras has it since 3.15"
)


@pytest.mark.parametrize(
    "kind", ["plain", "scaled", pytest.param("several", marks=needs_multi_optimizer)]
)
def test_averaged_weights_wait_until_the_run_is_over(kind):
    keras.utils.set_random_seed(1)
    expected, _ = trained(averaging(kind))
    keras.utils.set_random_seed(1)
    optimizer = averaging(kind)
    with optimizers.finalisation_postponed(optimizer):
        weights, model = trained(optimizer)
        assert not np.array_equal(weights[0], expected[0])
    optimizer.finalize_variable_values(model.trainable_weights)
    for one, other in zip(model.weights, expected, strict=True):
        np.testing.assert_array_equal(np.array(one), other)


def test_it_is_as_it_was_when_training_fails():
    optimizer = keras.optimizers.SGD(**EMA)
    with pytest.raises(RuntimeError), optimizers.finalisation_postponed(optimizer):
        raise RuntimeError
    assert "finalize_variable_values" not in vars(optimizer)


def test_a_model_without_an_optimizer_has_nothing_to_postpone():
    with optimizers.finalisation_postponed(None):
        pass


@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        (keras.optimizers.SGD(0.25), 0.25),
        (keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.25)), 0.25),
    ],
)
def test_the_rate_is_that_of_the_optimizer_that_updates(optimizer, expected):
    assert optimizers.learning_rate(optimizer) == expected


@needs_multi_optimizer
def test_of_several_optimizers_the_first_gives_the_rate():
    made = [keras.optimizers.SGD(0.25), keras.optimizers.Adam(0.5)]
    several = keras.optimizers.MultiOptimizer(lambda variable: made["bias" in variable.path])
    assert np.isnan(optimizers.learning_rate(several))
    trained(several)
    assert optimizers.learning_rate(several) == 0.25
    assert np.isnan(optimizers.learning_rate(None))
