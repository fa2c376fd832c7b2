"""Models as examples write them: steps of their own, no `call`, no `get_config`, made when first used.

As in `models.py`, each takes 8 features and 1 target. Most are written in TensorFlow's terms.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops, optimizers

from scenarios.models import ONLY_TENSORFLOW, models, network

ANY = {"callbacks": "without_a_model_file"}
TF = {"backends": ("tensorflow",), "unsupported": ONLY_TENSORFLOW, **ANY}
Dense = layers.Dense


def stack(*sizes: int, activation: str = "tanh") -> keras.Model:
    """Dense layers that are built when they are first called."""
    return keras.Sequential([*(Dense(one, activation) for one in sizes[:-1]), Dense(sizes[-1])])


def minimise(loss: Any, optimizer: Any, variables: Any) -> Any:
    """A step on what a function returns."""
    import tensorflow as tf

    with tf.GradientTape() as tape:
        value = loss()
    optimizer.apply_gradients(zip(tape.gradient(value, variables()), variables(), strict=True))
    return value


class Step(keras.Model):
    """No `call`, no `get_config`; trackers that are made here, as examples do."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width, self.noise = width, keras.random.SeedGenerator()
        self.total = keras.metrics.Mean(name="loss")

    @property
    def metrics(self) -> list[Any]:
        return [self.total]

    def normal(self, like: Any, size: int) -> Any:
        return keras.random.normal((ops.shape(like)[0], size), seed=self.noise)

    def train_step(self, data: Any) -> Any:
        self.total.update_state(self.learn(data[0], data[1]))
        return {"loss": self.total.result()}

    def learn(self, x: Any, y: Any) -> Any:
        raise NotImplementedError

    def test_step(self, data: Any) -> Any:
        self.total.update_state(ops.mean(ops.square(data[1])))
        return {"loss": self.total.result()}


class Gan(Step):
    """Own `compile` with two optimizers; its networks are built by the first step."""

    def __init__(self, width: int) -> None:
        super().__init__(width)
        self.maker, self.critic = stack(width, 8), stack(width, 1)

    def compile(self, maker: Any, critic: Any) -> None:
        super().compile()
        self.of_maker, self.of_critic = maker, critic

    def learn(self, x: Any, y: Any) -> Any:
        fake = self.maker(self.normal(x, 3))
        real = minimise(
            lambda: ops.mean(ops.softplus(self.critic(fake)) + ops.softplus(-self.critic(x))),
            self.of_critic,
            lambda: self.critic.trainable_weights,
        )
        z = self.normal(x, 3)
        return real + minimise(
            lambda: ops.mean(ops.softplus(-self.critic(self.maker(z)))),
            self.of_maker,
            lambda: self.maker.trainable_weights,
        )


@models.add(**TF)
def gan() -> keras.Model:
    """Two optimizers, no call, networks that the first step builds."""
    made = Gan(6)
    made.compile(optimizers.Adam(0.01), optimizers.RMSprop(0.01))
    return made


class Penalised(Gan):
    """A gradient penalty: nested tapes, three critic steps."""

    def learn(self, x: Any, y: Any) -> Any:
        import tensorflow as tf

        def loss(mixed: Any, fake: Any) -> Any:
            with tf.GradientTape() as inner:
                inner.watch(mixed)
                scored = self.critic(mixed)
            norm = ops.sqrt(ops.sum(inner.gradient(scored, mixed) ** 2, axis=1) + 1e-8)
            return (
                ops.mean(self.critic(fake)) - ops.mean(self.critic(x)) + ops.mean((norm - 1) ** 2)
            )

        for _ in range(3):
            fake = self.maker(self.normal(x, 3))
            share = keras.random.uniform((ops.shape(x)[0], 1), seed=self.noise)
            minimise(
                lambda fake=fake, share=share: loss(x + share * (fake - x), fake),
                self.of_critic,
                lambda: self.critic.trainable_weights,
            )
        z = self.normal(x, 3)
        return minimise(
            lambda: -ops.mean(self.critic(self.maker(z))),
            self.of_maker,
            lambda: self.maker.trainable_weights,
        )


@models.add(**TF)
def gan_with_gradient_penalty() -> keras.Model:
    """WGAN-GP."""
    made = Penalised(6)
    made.compile(optimizers.Adam(0.005), optimizers.Adam(0.005))
    return made


class Cycle(Step):
    """Four networks and four optimizers, in dicts."""

    def __init__(self, width: int) -> None:
        super().__init__(width)
        self.nets = {name: stack(width, 8) for name in ("there", "back")}
        self.nets |= {name: stack(width, 1) for name in ("judge_there", "judge_back")}

    def compile(self, rate: float) -> None:
        super().compile()
        self.by = {name: optimizers.Adam(rate) for name in self.nets}

    def learn(self, x: Any, y: Any) -> Any:
        import tensorflow as tf

        nets = self.nets
        with tf.GradientTape(persistent=True) as tape:
            there = nets["there"](x)
            again = nets["back"](there)
            fooled = ops.mean(ops.square(nets["judge_there"](there) - 1))
            cycle = ops.mean(ops.abs(again - x)) + fooled
            judged = ops.mean(ops.square(nets["judge_back"](x) - 1)) + ops.mean(
                ops.square(nets["judge_there"](there))
            )
        for name, loss in (
            ("there", cycle),
            ("back", cycle),
            ("judge_there", judged),
            ("judge_back", judged),
        ):
            weights = nets[name].trainable_weights
            self.by[name].apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return cycle


@models.add(**TF)
def cycle_gan() -> keras.Model:
    """Four optimizers in a dict."""
    made = Cycle(6)
    made.compile(0.01)
    return made


class Vae(Step):
    """Trackers made when the first step asks for them; a KL weight that grows, in a variable."""

    def __init__(self, width: int) -> None:
        super().__init__(width)
        self.encoder, self.decoder = stack(width, 4), stack(width, 8)
        self.kl: Any = None

    @property
    def metrics(self) -> list[Any]:
        return [self.total] if self.kl is None else [self.total, self.kl]

    def learn(self, x: Any, y: Any) -> Any:
        if self.kl is None:
            self.kl = keras.metrics.Mean(name="kl")
            self.beta = self.add_weight(shape=(), initializer="zeros", trainable=False, name="beta")
        self.beta.assign(ops.minimum(self.beta + 0.01, 1.0))
        noise = self.normal(x, 2)

        def loss() -> Any:
            mean, log = ops.split(self.encoder(x), 2, axis=-1)
            back = self.decoder(mean + ops.exp(0.5 * log) * noise)
            kl = -0.5 * ops.mean(1 + log - ops.square(mean) - ops.exp(log))
            self.kl.update_state(kl)
            return ops.mean(ops.square(back - x)) + self.beta * kl

        weights = lambda: self.encoder.trainable_weights + self.decoder.trainable_weights  # noqa: E731
        return minimise(loss, self.optimizer, weights)


@models.add(**TF)
def variational_autoencoder() -> keras.Model:
    """Metrics and a variable that the first step makes."""
    made = Vae(6)
    made.compile(optimizers.Adam(0.01))
    return made


class Contrastive(Step):
    """NNCLR: a queue of earlier embeddings, in a variable of the backend; x only."""

    def __init__(self, width: int) -> None:
        super().__init__(width)
        import tensorflow as tf

        self.encoder = stack(width, 4)
        start = keras.random.normal((20, 4), seed=self.noise)
        self.queue = tf.Variable(ops.normalize(start, axis=1), trainable=False)

    def learn(self, x: Any, y: Any) -> Any:
        one, other = (x + 0.1 * self.normal(x, 8) for _ in range(2))

        def loss() -> Any:
            a, b = (ops.normalize(self.encoder(view), axis=1) for view in (one, other))
            nearest = ops.take(self.queue, ops.argmax(a @ ops.transpose(self.queue), 1), axis=0)
            scores = (nearest @ ops.transpose(b)) / 0.1
            targets = ops.arange(ops.shape(x)[0])
            self.queue.assign(ops.concatenate([a, self.queue], axis=0)[:20])
            return ops.mean(
                keras.losses.sparse_categorical_crossentropy(targets, scores, from_logits=True)
            )

        return minimise(loss, self.optimizer, lambda: self.encoder.trainable_weights)


@models.add(**TF)
def contrastive_with_a_queue() -> keras.Model:
    """A tf.Variable as a queue."""
    made = Contrastive(6)
    made.compile(optimizers.Adam(0.01))
    return made


class Teacher(Step):
    """BYOL, diffusion: a second network follows the first as its moving average, and is swapped in."""

    def __init__(self, width: int) -> None:
        super().__init__(width)
        self.online, self.average = stack(width, 8), stack(width, 8)
        self.average.trainable = False

    def learn(self, x: Any, y: Any) -> Any:
        noise = self.normal(x, 8)
        self.average(x)
        value = minimise(
            lambda: (
                ops.mean(ops.square(self.online(x + noise) - noise))
                + 0.1 * ops.mean(ops.square(self.online(x) - self.average(x)))
            ),
            self.optimizer,
            lambda: self.online.trainable_weights,
        )
        for slow, fast in zip(self.average.weights, self.online.weights, strict=True):
            slow.assign(0.9 * slow + 0.1 * fast)
        return value

    def test_step(self, data: Any) -> Any:
        self.total.update_state(ops.mean(ops.square(self.average(data[0]))))
        return {"loss": self.total.result()}


@models.add(**TF)
def moving_average_teacher() -> keras.Model:
    """A frozen network that is updated by hand."""
    made = Teacher(6)
    made.compile(optimizers.Adam(0.01))
    return made


class Codes(layers.Layer):
    """VQ-VAE: codes looked up, a straight-through gradient, losses that are added."""

    def __init__(self, count: int, size: int) -> None:
        super().__init__()
        self.codes = self.add_weight(shape=(size, count), initializer="random_uniform")

    def call(self, x: Any) -> Any:
        far = ops.sum(x**2, 1, keepdims=True) + ops.sum(self.codes**2, 0) - 2 * x @ self.codes
        code = ops.take(ops.transpose(self.codes), ops.argmin(far, 1), axis=0)
        self.add_loss(0.25 * ops.mean((ops.stop_gradient(code) - x) ** 2))
        self.add_loss(ops.mean((code - ops.stop_gradient(x)) ** 2))
        return x + ops.stop_gradient(code - x)


@models.add(**ANY)
def quantised() -> keras.Model:
    """A layer without get_config that adds losses, in a model that Keras cannot serialize."""
    return network(Dense(4), Codes(8, 4), Dense(8, "tanh"))


class Head(layers.Layer):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.attend = layers.MultiHeadAttention(heads, width, dropout=0.2)
        self.norm, self.drop = layers.LayerNormalization(), layers.Dropout(0.2)
        self.widen = keras.Sequential([Dense(2 * width, "relu"), Dense(width)])

    def call(self, x: Any, training: bool = False) -> Any:
        x = self.norm(x + self.attend(x, x, training=training))
        return x + self.drop(self.widen(x), training=training)


class Transformer(keras.Model):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.shape_, self.embed = layers.Reshape((8, 1)), Dense(width)
        self.blocks = [Head(width, 2) for _ in range(2)]
        self.pool, self.out = layers.GlobalAveragePooling1D(), Dense(1)

    def call(self, x: Any, training: bool = False) -> Any:
        x = self.embed(self.shape_(x))
        for block in self.blocks:
            x = block(x, training=training)
        return self.out(self.pool(x))


class Warm(optimizers.schedules.LearningRateSchedule):
    """No get_config."""

    def __init__(self, peak: float) -> None:
        self.peak = peak

    def __call__(self, step: Any) -> Any:
        return self.peak * ops.minimum(1.0, (ops.cast(step, "float32") + 1) / 9)


class Masked(keras.losses.Loss):
    def __init__(self, above: float) -> None:
        super().__init__()
        self.above = above

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return ops.square(y_true - y_pred) * ops.cast(y_true > self.above, "float32")


class Share(keras.metrics.Metric):
    def __init__(self, above: float) -> None:
        super().__init__(name="share")
        self.above, self.hits = above, self.add_variable((), "zeros", name="hits")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.hits.assign(self.hits + ops.sum(ops.cast(y_pred > self.above, "float32")))

    def result(self) -> Any:
        return ops.convert_to_tensor(self.hits)


@models.add(**ANY)
def transformer() -> keras.Model:
    """Layers, schedule, loss and metric with required arguments and no get_config."""
    made = Transformer(4)
    made.compile(optimizers.Adam(Warm(0.02)), Masked(-9.0), metrics=[Share(0.0), "mae"])
    return made


class Physics(keras.Model):
    """A physics-informed loss: derivatives by nested tapes; a coefficient that is learnt."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.net = stack(width, width, 1)
        self.coefficient = self.add_weight(shape=(), initializer="ones", name="coefficient")

    def call(self, x: Any) -> Any:
        return self.net(x)

    def train_step(self, data: Any) -> Any:
        import tensorflow as tf

        x, y = data

        def loss() -> Any:
            with tf.GradientTape() as outer:
                outer.watch(x)
                with tf.GradientTape() as inner:
                    inner.watch(x)
                    u = self(x, training=True)
                first = inner.gradient(u, x)
            second = outer.gradient(first, x)
            residual = second[:, :1] + self.coefficient * u
            return self.compute_loss(x, y, u) + 0.1 * ops.mean(residual**2)

        value = minimise(loss, self.optimizer, lambda: self.trainable_variables)
        return self.compute_metrics(x, y, self(x)) | {"physics": value}


@models.add(**TF)
def physics_informed() -> keras.Model:
    """Second derivatives in the loss; compiled metrics in an own step."""
    made = Physics(6)
    made.compile(optimizers.Adam(0.01), "mse", metrics=["mae"])
    return made


class Accumulated(keras.Model):
    """Gradients summed over steps in variables that the first step makes."""

    def __init__(self, every: int) -> None:
        super().__init__()
        self.every, self.net, self.sums = every, stack(6, 1), None

    def call(self, x: Any) -> Any:
        return self.net(x)

    def train_step(self, data: Any) -> Any:
        import tensorflow as tf

        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(x, y, self(x, training=True))
        weights = self.trainable_variables
        if self.sums is None:
            # By now the model is built, and Keras lets nobody add weights to it.
            self.sums = [tf.Variable(tf.zeros(one.shape), trainable=False) for one in weights]
            self.waiting = tf.Variable(0, trainable=False)
        for total, gradient in zip(self.sums, tape.gradient(loss, weights), strict=True):
            total.assign_add(gradient)
        self.waiting.assign_add(1)

        def update() -> None:
            self.optimizer.apply_gradients(zip(self.sums, weights, strict=True))
            for total in (*self.sums, self.waiting):
                total.assign(ops.zeros_like(total))

        tf.cond(self.waiting >= self.every, update, lambda: None)
        self._loss_tracker.update_state(loss)
        return self.compute_metrics(x, y, self(x))


@models.add(**TF)
def accumulated_by_hand() -> keras.Model:
    """Variables that are made by the first step, and an update every 4."""
    made = Accumulated(4)
    made.compile(optimizers.Adam(0.02), "mse", metrics=["mae"])
    return made


def _numpy_error(y_true: Any, y_pred: Any) -> Any:
    import numpy as np

    return np.abs(np.asarray(y_true) - np.asarray(y_pred)).mean(axis=-1)


@models.add(**TF)
def eager_with_numpy() -> keras.Model:
    """Layers without an input shape, and a metric that computes in NumPy."""
    made = keras.Sequential([Dense(8, "relu"), layers.Dropout(0.3), Dense(1)])
    made.compile(optimizers.Adam(0.02), "mse", metrics=[_numpy_error], run_eagerly=True)
    return made


class OfOneInput(keras.Model):
    """A `call` of another signature than the batch has; `self.loss` used by the step."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.net = stack(width, 1)

    def call(self, x: Any, scale: Any) -> Any:
        return self.net(x) * scale

    def train_step(self, data: Any) -> Any:
        x, y = data
        value = minimise(
            lambda: ops.mean(self.loss(y, self(x, scale=0.5))),
            self.optimizer,
            lambda: self.trainable_variables,
        )
        # With "loss" alone Keras would report its own tracker, which this step leaves at 0.
        return {"loss": value, "root": ops.sqrt(value)}

    def test_step(self, data: Any) -> Any:
        value = ops.mean(self.loss(data[1], self(data[0], scale=0.5)))
        return {"loss": value, "root": ops.sqrt(value)}


@models.add(**TF)
def call_of_another_signature() -> keras.Model:
    """`call` takes more than the batch holds."""
    made = OfOneInput(6)
    made.compile(optimizers.Adam(0.02), keras.losses.MeanSquaredError(reduction=None))
    return made


@models.add(**ANY)
def with_a_lambda() -> keras.Model:
    """A lambda layer; layers whose names begin with an underscore."""
    inputs = keras.Input((8,), name="_in")
    hidden = layers.Lambda(lambda x: x * 2.0, name="_twice")(Dense(8, name="_first")(inputs))
    made = keras.Model(inputs, Dense(1)(layers.Dropout(0.3)(hidden)), name="named")
    made.compile(optimizers.Adam(0.02), "mse", metrics=["mae"])
    return made


class Critics(Step):
    """Actor and critic in terms of torch: two optimizers, no call."""

    def __init__(self, width: int) -> None:
        super().__init__(width)
        self.actor = keras.Sequential([keras.Input((8,)), Dense(width, "tanh"), Dense(1)])
        self.critic = keras.Sequential([keras.Input((9,)), Dense(width, "tanh"), Dense(1)])
        self.built = True

    def compile(self, actor: Any, critic: Any) -> None:
        super().compile()
        self.of_actor, self.of_critic = actor, critic

    def learn(self, x: Any, y: Any) -> Any:
        for net, optimizer, loss in (
            (self.critic, self.of_critic, self._judge),
            (self.actor, self.of_actor, self._act),
        ):
            self.zero_grad()
            value = loss(x, y)
            value.backward()
            weights = net.trainable_weights
            import torch

            with torch.no_grad():
                optimizer.apply([one.value.grad for one in weights], weights)
        return value.detach()

    def _judge(self, x: Any, y: Any) -> Any:
        action = self.actor(x) + 0.1 * self.normal(x, 1)
        return ops.mean((self.critic(ops.concatenate([x, action], 1)) + ops.abs(action - y)) ** 2)

    def _act(self, x: Any, y: Any) -> Any:
        return -ops.mean(self.critic(ops.concatenate([x, self.actor(x)], 1)))


@models.add(
    backends=("torch",),
    callbacks="without_a_model_file",
    unsupported=dict.fromkeys(("tensorflow", "jax"), "its step is written in torch's terms"),
)
def actor_and_critic() -> keras.Model:
    """Two optimizers and a step of torch's, in a model without call."""
    made = Critics(6)
    made.compile(optimizers.Adam(0.01), optimizers.Adam(0.01))
    return made


class Stateless(keras.Model):
    """A training step in terms of JAX, with noise on the data."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.net, self.drop, self.out = Dense(width, "tanh"), layers.Dropout(0.3), Dense(1)

    def call(self, x: Any, training: bool = False) -> Any:
        return self.out(self.drop(self.net(x), training=training))

    def train_step(self, state: Any, data: Any) -> Any:
        import jax

        trainable, others, slots, totals = state
        x, y = data

        def loss(trainable: Any, others: Any) -> Any:
            y_pred, others = self.stateless_call(trainable, others, x, training=True)
            return ops.mean((y - y_pred) ** 2), others

        (value, others), gradients = jax.value_and_grad(loss, has_aux=True)(trainable, others)
        trainable, slots = self.optimizer.stateless_apply(slots, gradients, trainable)
        return {"loss": value}, (trainable, others, slots, totals)


@models.add(
    backends=("jax",),
    callbacks="without_a_model_file",
    unsupported=dict.fromkeys(("tensorflow", "torch"), "its step is written in JAX's terms"),
)
def stateless_step() -> keras.Model:
    """A step of JAX's, with required arguments of `__init__` and no get_config."""
    made = Stateless(6)
    made.compile(optimizers.Adam(0.02), "mse")
    return made


class Task(keras.Model):
    """Has a `fit` and an `evaluate` of its own, which prepare their data first, as keras-hub's tasks do."""

    def __init__(self) -> None:
        x = keras.Input((8,))
        super().__init__(x, Dense(1)(layers.Dropout(0.3)(Dense(6, "tanh")(x))))
        self.preprocessor = layers.Rescaling(0.5)

    def prepared(self, x: Any, y: Any, batch_size: int | None) -> Any:
        import tensorflow as tf

        if not isinstance(x, tf.data.Dataset):
            x = tf.data.Dataset.from_tensor_slices((x, y)).batch(batch_size or 32)
        return x.map(lambda x, y: (self.preprocessor(x), y))

    def fit(self, x: Any = None, y: Any = None, batch_size: Any = None, **more: Any) -> Any:
        return super().fit(self.prepared(x, y, batch_size), **more)

    def evaluate(self, x: Any = None, y: Any = None, batch_size: Any = None, **more: Any) -> Any:
        more.pop("_use_cached_eval_dataset", None)
        return super().evaluate(self.prepared(x, y, batch_size), **more)


@models.add(**ANY)
def own_fit() -> keras.Model:
    """Data are prepared within `fit`, whatever it gets."""
    made = Task()
    made.compile(optimizers.Adam(0.02), "mse", metrics=["mae"])
    return made
