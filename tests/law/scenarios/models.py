"""Models, each with a kind of state that a resume can get wrong.

An entry returns a compiled model that maps 8 features to 1 target. It may be called with any seed:
everything random in it comes from the streams that `keras.utils.set_random_seed` sets. A model that
cannot take a last batch of another size says `needs_full_batches=True`.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, optimizers

from scenarios import STEPS, Registry

models = Registry()


def network(*hidden: Any, **options: Any) -> keras.Model:
    """A compiled model with these layers between its input and its output."""
    inputs = keras.Input((8,))
    outputs = inputs
    for layer in hidden:
        outputs = layer(outputs)
    made = keras.Model(inputs, layers.Dense(1, dtype="float32")(outputs))
    options = {"optimizer": optimizers.Adam(0.02), "loss": "mse", "metrics": ["mae"]} | options
    made.compile(**options)
    return made


def usual() -> list[Any]:
    """Layers with batch statistics and seeds."""
    return [
        layers.Dense(16, "relu"),
        layers.BatchNormalization(),
        layers.Dropout(0.4),
        layers.GaussianNoise(0.1),
    ]


@models.add()
def base() -> keras.Model:
    """Batch statistics, two layers with seeds, metrics with totals, Adam."""
    return network(*usual(), metrics=["mae", keras.metrics.RootMeanSquaredError()])


@models.add()
def schedule() -> keras.Model:
    """A learning rate that falls with every step."""
    rate = optimizers.schedules.CosineDecay(0.02, STEPS)
    metrics = ["mae", keras.metrics.RootMeanSquaredError()]
    return network(*usual(), optimizer=optimizers.Adam(rate), metrics=metrics)


def shipped() -> list[type[keras.Optimizer]]:
    """Every optimizer of Keras that updates variables itself."""
    wrappers = (keras.Optimizer, optimizers.LossScaleOptimizer, optimizers.MultiOptimizer)
    found = (one for one in vars(optimizers).values() if isinstance(one, type))
    return sorted(
        {one for one in found if issubclass(one, keras.Optimizer) and one not in wrappers},
        key=lambda one: one.__name__,
    )


@models.add()
def every_optimizer() -> keras.Model:
    """A layer for each optimizer that Keras ships, with a MultiOptimizer over them."""
    made = {one.__name__.lower(): one(0.001) for one in shipped()}
    hidden = [layers.Dense(8, "tanh", name=f"with_{name}") for name in made]
    chosen = optimizers.MultiOptimizer(
        lambda variable: (
            made[variable.path.partition("/")[0].removeprefix("with_")]
            if variable.path.startswith("with_")
            else made["adam"]
        )
    )
    return network(*hidden, optimizer=chosen)


@models.add()
def moving_average() -> keras.Model:
    """Weights that are averaged, and replaced by their average at the end."""
    return network(*usual(), optimizer=optimizers.Adam(0.02, use_ema=True, ema_momentum=0.9))


@models.add()
def moving_average_overwrites() -> keras.Model:
    """Weights that are replaced by their average every 4 steps."""
    chosen = optimizers.SGD(0.01, 0.9, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=4)
    return network(*usual(), optimizer=chosen)


@models.add()
def accumulated_gradients() -> keras.Model:
    """An update every 4 steps, so most kills lose gradients that wait."""
    return network(*usual(), optimizer=optimizers.Adam(0.02, gradient_accumulation_steps=4))


@models.add()
def mixed_float16() -> keras.Model:
    """A loss scale that grows every 3 steps until gradients overflow; averaged weights within."""
    hidden = [layers.Dense(16, "relu", dtype="mixed_float16"), layers.Dropout(0.4)]
    inner = optimizers.Adam(0.02, use_ema=True, ema_momentum=0.9)
    chosen = optimizers.LossScaleOptimizer(inner, initial_scale=2.0**12, dynamic_growth_steps=3)
    return network(*hidden, optimizer=chosen)


@models.add()
def mixed_bfloat16() -> keras.Model:
    """Activations of 16 bits."""
    hidden = [layers.Dense(16, "relu", dtype="mixed_bfloat16"), layers.Dropout(0.4)]
    return network(*hidden)


@models.add()
def bfloat16() -> keras.Model:
    """Weights and slots of 16 bits, which NumPy does not know."""
    hidden = [
        layers.Dense(16, "relu", dtype="bfloat16"),
        layers.BatchNormalization(dtype="bfloat16"),
    ]
    return network(*hidden)


@models.add(needs_full_batches=True)
def recurrent() -> keras.Model:
    """States that go on from batch to batch; dropout within the recurrence."""
    inputs = keras.Input(batch_shape=(16, 8))
    hidden = layers.Reshape((4, 2))(inputs)
    hidden = layers.LSTM(6, stateful=True, return_sequences=True)(hidden)
    hidden = layers.GRU(5, dropout=0.2, recurrent_dropout=0.2)(hidden)
    made = keras.Model(inputs, layers.Dense(1)(hidden))
    made.compile(optimizers.Adam(0.02), "mse", metrics=["mae"])
    return made


@models.add()
def augmented() -> keras.Model:
    """Images that are flipped, turned, moved and recoloured at random within the model."""
    return network(
        layers.Reshape((2, 4, 1)),
        layers.RandomFlip(),
        layers.RandomRotation(0.2),
        layers.RandomTranslation(0.2, 0.2),
        layers.RandomContrast(0.3),
        layers.Conv2D(4, 2, activation="relu"),
        layers.SpatialDropout2D(0.2),
        layers.Flatten(),
    )


@models.add()
def normalized() -> keras.Model:
    """Power iterations, and statistics of groups."""
    return network(
        layers.SpectralNormalization(layers.Dense(16, "relu")),
        layers.GroupNormalization(4),
        layers.AlphaDropout(0.2),
        layers.GaussianDropout(0.2),
    )


class Tally(keras.layers.Layer):
    """A layer that counts the batches it saw, and makes its weights when it is first called."""

    def build(self, shape: Any) -> None:
        self.scale = self.add_weight(shape=(shape[-1],), initializer="ones")
        self.batches = self.add_weight(
            shape=(), dtype="int32", initializer="zeros", trainable=False
        )

    def call(self, inputs: Any, training: bool = False) -> Any:
        if training:
            self.batches.assign(self.batches + 1)
        return inputs * self.scale / (1 + 0.01 * keras.ops.cast(self.batches, "float32"))


class Worst(keras.metrics.Metric):
    """A metric of a person's own."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.worst = self.add_variable((), initializer="zeros", name="worst")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.worst.assign(
            keras.ops.maximum(self.worst, keras.ops.max(keras.ops.abs(y_true - y_pred)))
        )

    def result(self) -> Any:
        return self.worst.value


class Squares(keras.losses.Loss):
    """A loss of a person's own."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)


class Subclassed(keras.Model):
    """Layers in lists and dicts, built when the model is first called."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = [layers.Dense(8, "relu"), Tally()]
        self.named = {"drop": layers.Dropout(0.3), "last": layers.Dense(1)}

    def call(self, inputs: Any, training: bool = False) -> Any:
        for block in self.blocks:
            inputs = block(inputs, training=training) if isinstance(block, Tally) else block(inputs)
        return self.named["last"](self.named["drop"](inputs, training=training))


@models.add()
def subclassed() -> keras.Model:
    """A subclassed model with a layer, a metric and a loss of a person's own."""
    made = Subclassed()
    made.compile(optimizers.Adam(0.02), Squares(), metrics=[Worst(name="worst"), "mae"])
    return made


@models.add(backends=("tensorflow", "jax"), unsupported={"torch": "by Keras"}, in_strides=True)
def several_steps_at_once() -> keras.Model:
    """Four steps in one call of the backend; an epoch is not a multiple of that."""
    return network(*usual(), steps_per_execution=4)


@models.add(backends=("tensorflow", "jax"), unsupported={"torch": "needs a C++ compiler"})
def jit_compiled() -> keras.Model:
    """XLA."""
    return network(*usual(), jit_compile=True)
