"""Models, each with a kind of state that a resume can get wrong.

An entry returns a compiled model that maps 8 features to 1 target. It may be called with any seed:
everything random in it comes from the streams that `keras.utils.set_random_seed` sets. A model that
cannot take a last batch of another size says `needs_full_batches=True`.
"""

from __future__ import annotations

import keras

from scenarios import STEPS, Registry

models = Registry()


@models.add()
def base() -> keras.Model:
    """Batch statistics, two layers with seeds, metrics with totals, Adam."""
    return _with_rate(0.02)


@models.add()
def schedule() -> keras.Model:
    """The same with a learning rate that falls with every step."""
    return _with_rate(keras.optimizers.schedules.CosineDecay(0.02, STEPS))


def _with_rate(rate: float | keras.optimizers.schedules.LearningRateSchedule) -> keras.Model:
    inputs = keras.Input((8,))
    hidden = keras.layers.Dense(16, "relu")(inputs)
    hidden = keras.layers.BatchNormalization()(hidden)
    hidden = keras.layers.Dropout(0.4)(hidden)
    hidden = keras.layers.GaussianNoise(0.1)(hidden)
    network = keras.Model(inputs, keras.layers.Dense(1)(hidden))
    network.compile(
        keras.optimizers.Adam(rate),
        "mse",
        metrics=["mae", keras.metrics.RootMeanSquaredError()],
    )
    return network
