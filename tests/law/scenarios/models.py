"""Models, each with a kind of state that a resume can get wrong.

An entry returns a compiled model that maps 8 features to 1 target. It may be called with any seed:
everything random in it comes from the streams that `keras.utils.set_random_seed` sets. A model that
cannot take a last batch of another size says `needs_full_batches=True`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
from keras import layers, optimizers

from scenarios import BACKENDS, STEPS, Approximate, Registry

models = Registry()
HAS_MULTI_OPTIMIZER = hasattr(optimizers, "MultiOptimizer")
"""Since Keras 3.15."""


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
    wrappers = ("Optimizer", "LossScaleOptimizer", "MultiOptimizer")
    found = (one for one in vars(optimizers).values() if isinstance(one, type))
    return sorted(
        {one for one in found if issubclass(one, keras.Optimizer) and one.__name__ not in wrappers},
        key=lambda one: one.__name__,
    )


# Keras on TensorFlow builds a MultiOptimizer within the first step, and then trains otherwise than
# if it was built before (Keras 3.15.1).
@models.add(
    like_fit=("jax", "torch"),
    backends=BACKENDS if HAS_MULTI_OPTIMIZER else (),
    unsupported={} if HAS_MULTI_OPTIMIZER else dict.fromkeys(BACKENDS, "by this Keras"),
)
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


@models.add(
    backends=("tensorflow", "jax"), unsupported={"torch": "by Keras"}, needs_full_batches=True
)
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


@models.add(
    backends=("tensorflow", "jax"),
    unsupported={"torch": "by Keras"},
    in_strides=True,
    like_fit=("jax",),  # Keras on TensorFlow tells callbacks of batches beyond an epoch's end
)
def several_steps_at_once() -> keras.Model:
    """Four steps in one call of the backend; an epoch is not a multiple of that."""
    return network(*usual(), steps_per_execution=4)


@models.add(backends=("tensorflow", "jax"), unsupported={"torch": "needs a C++ compiler"})
def jit_compiled() -> keras.Model:
    """XLA."""
    return network(*usual(), jit_compile=True)


class OwnStep(keras.Model):
    """A training step of a person's own, with metrics and a variable besides, and noise on the data."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = layers.Dense(8, "relu")
        self.drop = layers.Dropout(0.3)
        self.last = layers.Dense(1)
        self.noise = keras.random.SeedGenerator()
        self.error = keras.metrics.Mean(name="error")
        self.steps = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False)

    def call(self, inputs: Any, training: bool = False) -> Any:
        return self.last(self.drop(self.hidden(inputs), training=training))

    @property
    def metrics(self) -> list[Any]:
        return [self.error]

    def train_step(self, data: Any) -> Any:
        x, y, _ = keras.utils.unpack_x_y_sample_weight(data)
        x += 0.1 * keras.random.normal(keras.ops.shape(x), seed=self.noise)
        if keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            with tf.GradientTape() as tape:
                loss = keras.ops.mean((self(x, training=True) - y) ** 2)
            gradients = tape.gradient(loss, self.trainable_variables)
        else:
            self.zero_grad()
            loss = keras.ops.mean((self(x, training=True) - y) ** 2)
            loss.backward()
            gradients = [one.value.grad for one in self.trainable_variables]
        self.apply_gradients(gradients)
        self.steps.assign(self.steps + 1)
        self.error.update_state(loss)
        return {"loss": loss, "error": self.error.result()}

    def apply_gradients(self, gradients: list[Any]) -> None:
        if keras.backend.backend() == "torch":
            import torch

            with torch.no_grad():
                self.optimizer.apply(gradients, self.trainable_variables)
        else:
            self.optimizer.apply(gradients, self.trainable_variables)

    def test_step(self, data: Any) -> Any:
        x, y, _ = keras.utils.unpack_x_y_sample_weight(data)
        loss = keras.ops.mean((self(x, training=False) - y) ** 2)
        self.error.update_state(loss)
        return {"loss": loss, "error": self.error.result()}


IN_TERMS_OF_JAX = {"jax": "a train_step of JAX is written in other terms"}


@models.add(backends=("tensorflow", "torch"), unsupported=IN_TERMS_OF_JAX)
def own_train_step() -> keras.Model:
    """A subclassed model with its own train_step, a metric and a counter of its own."""
    made = OwnStep()
    made.compile(optimizers.Adam(0.02))
    return made


class TwoOptimizers(OwnStep):
    """One optimizer for each part, as in a GAN; counts and notes in plain attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.others = optimizers.Adam(0.02), [optimizers.RMSprop(0.01, momentum=0.5)]
        self.turns = 0
        self.notes: list[int] = []

    def apply_gradients(self, gradients: list[Any]) -> None:
        self.turns += 1  # in a graph: whenever it is traced
        self.notes.append(self.turns)
        hidden = len(self.hidden.trainable_variables)
        parts = ((self.first, slice(hidden)), (self.others[0], slice(hidden, None)))
        for optimizer, part in parts:
            if keras.backend.backend() == "torch":
                import torch

                with torch.no_grad():
                    optimizer.apply(gradients[part], self.trainable_variables[part])
            else:
                optimizer.apply(gradients[part], self.trainable_variables[part])


def _turns(_: Path, model: Any) -> Any:
    slots = (*model.first.variables, *model.others[0].variables)
    arrays = [keras.ops.convert_to_numpy(one).tolist() for one in slots]
    return {"turns": model.turns, "notes": list(model.notes), "slots": arrays}


@models.add(
    backends=("tensorflow", "torch"),
    unsupported=IN_TERMS_OF_JAX,
    approximate={
        "tensorflow": Approximate(
            "plain attributes only when it is traced", frozenset({"observed"}), at_start=False
        )
    },
    observe=_turns,
    like_fit=("torch",),  # Keras on TensorFlow never builds the optimizer that is not used
)
def two_optimizers() -> keras.Model:
    """Optimizers that are attributes of the model, which Keras does not track."""
    made = TwoOptimizers()
    made.compile()
    return made


class Anneal(keras.losses.Loss):
    """A loss with a variable, which Keras does not track."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = keras.Variable(1.0, trainable=False)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        self.weight.assign(self.weight * 0.99)
        return self.weight * keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)


@models.add(
    backends=("tensorflow", "torch"), unsupported={"jax": "a loss of JAX cannot have variables"}
)
def loss_with_variable() -> keras.Model:
    """A loss whose weight falls with every step, in a variable of its own."""
    return network(*usual(), loss=Anneal())


class OfTensorFlow(keras.layers.Layer):
    """Noise from generators of TensorFlow's, and a count in one of its variables."""

    def build(self, shape: Any) -> None:
        import tensorflow as tf

        self.own = tf.random.Generator.from_seed(3)
        self.count = tf.Variable(0.0, trainable=False)
        tf.random.set_global_generator(tf.random.Generator.from_seed(4))

    def call(self, inputs: Any, training: bool = False) -> Any:
        import tensorflow as tf

        if not training:
            return inputs
        self.count.assign_add(0.001)
        everyone = tf.random.get_global_generator()
        noise = self.own.normal(tf.shape(inputs)) + everyone.normal(tf.shape(inputs))
        return inputs + 0.1 * noise + self.count


ONLY_TENSORFLOW = {"jax": "it is TensorFlow's", "torch": "it is TensorFlow's"}


@models.add(backends=("tensorflow",), unsupported=ONLY_TENSORFLOW)
def generators_of_tensorflow() -> keras.Model:
    """tf.random.Generator, the global one and one of a layer; a tf.Variable."""
    return network(OfTensorFlow(), *usual())


class Drawn(keras.layers.Layer):
    """Noise from an operation whose state TensorFlow does not show."""

    def call(self, inputs: Any, training: bool = False) -> Any:
        import tensorflow as tf

        return inputs + 0.1 * tf.random.normal(tf.shape(inputs)) if training else inputs


@models.add(
    backends=("tensorflow",),
    unsupported=ONLY_TENSORFLOW,
    approximate={
        "tensorflow": Approximate(
            why="draws from RandomStandardNormal",
            differs=frozenset(
                {
                    "history",
                    "epochs",
                    "variables",
                    "steps",
                    "step_loss",
                    "rates",
                    "callbacks",
                    "stopped",
                }
            ),
            at_start=False,
        )
    },
)
def operations_of_tf_random() -> keras.Model:
    """tf.random.normal in a layer."""
    return network(Drawn(), *usual())


class OfTorch(keras.layers.Layer):
    """torch's own modules, whose buffers Keras does not know; a generator of torch's."""

    def __init__(self) -> None:
        super().__init__()
        import torch

        self.norm = torch.nn.BatchNorm1d(8)

    def call(self, inputs: Any) -> Any:
        return self.norm(inputs)


@models.add(
    backends=("torch",), unsupported={"tensorflow": "it is torch's", "jax": "it is torch's"}
)
def modules_of_torch() -> keras.Model:
    """Batch statistics in the buffers of a torch module."""
    return network(OfTorch(), *usual())
