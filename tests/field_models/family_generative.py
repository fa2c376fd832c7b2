"""What makes pictures: autoencoders, adversaries, diffusion, flows."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from field_models.registry import EVERYWHERE, field_model
from field_models.synthetic import images
from keras import layers, ops

LATENT = 4


class Draw(layers.Layer):
    """A draw around a mean, with the divergence from the prior as a loss."""

    def __init__(self, weight=1.0, **more):
        super().__init__(**more)
        self.weight = weight
        self.seed_generator = keras.random.SeedGenerator(1337)

    def call(self, inputs):
        mean, log_variance = inputs
        divergence = -0.5 * ops.mean(1 + log_variance - mean**2 - ops.exp(log_variance))
        self.add_loss(self.weight * divergence)
        noise = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
        return mean + ops.exp(0.5 * log_variance) * noise


class Warming(keras.callbacks.Callback):
    """The divergence counts more from epoch to epoch."""

    def __init__(self, draw):
        super().__init__()
        self.draw = draw

    def on_epoch_begin(self, epoch, logs=None):
        self.draw.weight = min(1.0, 0.25 * (epoch + 1))
        self.model.make_train_function(force=True)


@field_model("arrays, added loss, annealed by a callback", EVERYWHERE)
def variational_autoencoder():
    x, _ = images()
    inputs = keras.Input((12, 12, 1))
    hidden = layers.Dense(16, activation="relu")(layers.Flatten()(inputs))
    draw = Draw()
    code = draw([layers.Dense(LATENT)(hidden), layers.Dense(LATENT)(hidden)])
    outputs = layers.Reshape((12, 12, 1))(layers.Dense(144, activation="sigmoid")(code))
    model = keras.Model(inputs, outputs)
    model.compile("adam", "binary_crossentropy")
    return model, {"x": x, "y": x, "batch_size": 8, "epochs": 3, "callbacks": [Warming(draw)]}


class Adversaries(keras.Model):
    """A generator and a critic, each with its optimizer."""

    def __init__(self, generator, critic, critic_steps=1, penalty=0.0):
        super().__init__()
        self.generator, self.critic = generator, critic
        self.critic_steps, self.penalty = critic_steps, penalty
        self.seed_generator = keras.random.SeedGenerator(9)

    def compile(self, generator_optimizer, critic_optimizer):
        super().compile()
        self.generator_optimizer, self.critic_optimizer = generator_optimizer, critic_optimizer
        self.generator_loss = keras.metrics.Mean(name="generator_loss")
        self.critic_loss = keras.metrics.Mean(name="critic_loss")

    @property
    def metrics(self):
        return [self.generator_loss, self.critic_loss]

    def sample(self, count):
        return keras.random.normal((count, LATENT), seed=self.seed_generator)

    def gradient_penalty(self, real, made):
        share = keras.random.uniform((tf.shape(real)[0], 1, 1, 1), seed=self.seed_generator)
        between = real + share * (made - real)
        with tf.GradientTape() as tape:
            tape.watch(between)
            score = self.critic(between, training=True)
        slope = tape.gradient(score, between)
        return tf.reduce_mean((tf.norm(tf.reshape(slope, (-1, 144)) + 1e-6, axis=1) - 1) ** 2)

    def train_step(self, real):
        count = tf.shape(real)[0]
        for _ in range(self.critic_steps):
            made = self.generator(self.sample(count), training=True)
            with tf.GradientTape() as tape:
                loss = self.critic_objective(real, made)
            weights = self.critic.trainable_variables
            self.critic_optimizer.apply(tape.gradient(loss, weights), weights)
            self.critic_loss.update_state(loss)
        with tf.GradientTape() as tape:
            score = self.critic(self.generator(self.sample(count), training=True), training=True)
            loss = self.generator_objective(score)
        weights = self.generator.trainable_variables
        self.generator_optimizer.apply(tape.gradient(loss, weights), weights)
        self.generator_loss.update_state(loss)
        return {metric.name: metric.result() for metric in self.metrics}

    def critic_objective(self, real, made):
        difference = self.critic(made, training=True) - self.critic(real, training=True)
        return tf.reduce_mean(difference) + self.penalty * self.gradient_penalty(real, made)

    def generator_objective(self, score):
        return -tf.reduce_mean(score)


class LogisticAdversaries(Adversaries):
    """The first kind of adversaries, with noisy labels."""

    def critic_objective(self, real, made):
        scores = tf.concat([self.critic(real, training=True), self.critic(made, training=True)], 0)
        truth = tf.concat([tf.ones((tf.shape(real)[0], 1)), tf.zeros((tf.shape(made)[0], 1))], 0)
        truth += 0.05 * keras.random.uniform(tf.shape(truth), seed=self.seed_generator)
        return tf.reduce_mean(keras.losses.binary_crossentropy(truth, scores, from_logits=True))

    def generator_objective(self, score):
        truth = tf.ones_like(score)
        return tf.reduce_mean(keras.losses.binary_crossentropy(truth, score, from_logits=True))


class Gallery(keras.callbacks.Callback):
    """Remembers what the generator makes, of noise that it draws itself."""

    def __init__(self):
        super().__init__()
        self.rng = np.random.default_rng(21)
        self.pictures = []

    def on_epoch_end(self, epoch, logs=None):
        noise = self.rng.normal(size=(2, LATENT)).astype("float32")
        self.pictures.append(np.asarray(self.model.generator(noise)))


def _generator():
    return keras.Sequential(
        [
            keras.Input((LATENT,)),
            layers.Dense(72),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Reshape((6, 6, 2)),
            layers.Conv2DTranspose(1, 4, 2, padding="same", activation="sigmoid"),
        ]
    )


def _critic(dropout):
    return keras.Sequential(
        [
            keras.Input((12, 12, 1)),
            layers.Conv2D(6, 3, 2),
            layers.LeakyReLU(),
            layers.Dropout(dropout),
            layers.GlobalMaxPooling2D(),
            layers.Dense(1),
        ]
    )


@field_model("tf.data, two optimizers, a gallery by a callback")
def convolutional_adversaries():
    model = LogisticAdversaries(_generator(), _critic(0.3))
    model.compile(keras.optimizers.Adam(2e-3, 0.5), keras.optimizers.Adam(1e-3, 0.5))
    data = tf.data.Dataset.from_tensor_slices(images()[0]).shuffle(64, seed=1).batch(8)
    return model, {"x": data, "epochs": 3, "callbacks": [Gallery()]}


@field_model("arrays, three critic steps a batch")
def wasserstein_with_gradient_penalty():
    model = Adversaries(_generator(), _critic(0.1), critic_steps=3, penalty=10.0)
    model.compile(keras.optimizers.RMSprop(1e-3), keras.optimizers.RMSprop(1e-3))
    return model, {"x": images()[0], "batch_size": 8, "epochs": 3}


@field_model("tf.data, averaged twin, own train_step and test_step")
def diffusion_with_averaged_twin():
    """Learns the noise at a random time; a slowly moving twin is what is validated."""

    def network():
        noisy, time = keras.Input((12, 12, 1)), keras.Input((1, 1, 1))
        grid = layers.UpSampling2D(12)(time)
        hidden = layers.Concatenate()([noisy, grid])
        hidden = layers.Conv2D(6, 3, padding="same", activation="swish")(hidden)
        return keras.Model([noisy, time], layers.Conv2D(1, 3, padding="same")(hidden))

    class Diffusion(keras.Model):
        def __init__(self):
            super().__init__()
            self.normalizer = layers.Normalization()
            self.network, self.twin = network(), network()
            self.twin.set_weights(self.network.get_weights())
            self.seed_generator = keras.random.SeedGenerator(4)
            self.loss_tracker = keras.metrics.Mean(name="noise_loss")

        @property
        def metrics(self):
            return [self.loss_tracker]

        def noisy(self, pictures):
            pictures = self.normalizer(pictures)
            noise = keras.random.normal(tf.shape(pictures), seed=self.seed_generator)
            shape = (tf.shape(pictures)[0], 1, 1, 1)
            time = keras.random.uniform(shape, seed=self.seed_generator)
            return tf.cos(time) * pictures + tf.sin(time) * noise, time, noise

        def train_step(self, pictures):
            mixed, time, noise = self.noisy(pictures)
            with tf.GradientTape() as tape:
                loss = self.loss(noise, self.network([mixed, time], training=True))
            weights = self.network.trainable_weights
            gradients = tape.gradient(loss, weights)
            self.optimizer.apply_gradients(zip(gradients, weights, strict=True))
            self.loss_tracker.update_state(loss)
            for own, slow in zip(self.network.weights, self.twin.weights, strict=True):
                slow.assign(0.9 * slow + 0.1 * own)
            return {"noise_loss": self.loss_tracker.result()}

        def test_step(self, pictures):
            mixed, time, noise = self.noisy(pictures)
            self.loss_tracker.update_state(self.loss(noise, self.twin([mixed, time])))
            return {"noise_loss": self.loss_tracker.result()}

    x, _ = images()
    model = Diffusion()
    model.normalizer.adapt(x)
    model.compile(keras.optimizers.AdamW(1e-3), loss=keras.losses.MeanAbsoluteError())
    data = tf.data.Dataset.from_tensor_slices(x).cache().repeat(2).shuffle(128, seed=8).batch(16)
    validation = tf.data.Dataset.from_tensor_slices(x[:16]).batch(16)
    return model, {"x": data, "validation_data": validation, "epochs": 3}


class VectorQuantizer(layers.Layer):
    """The nearest of a book of codes, with the gradient passed straight through."""

    def __init__(self, codes, width, **more):
        super().__init__(**more)
        self.codes, self.width = codes, width

    def build(self, shape):
        del shape
        self.book = self.add_weight(shape=(self.codes, self.width), initializer="random_uniform")

    def call(self, inputs):
        distance = ops.sum((ops.expand_dims(inputs, -2) - self.book) ** 2, -1)
        nearest = ops.take(self.book, ops.argmin(distance, -1), axis=0)
        self.add_loss(ops.mean((nearest - ops.stop_gradient(inputs)) ** 2))
        self.add_loss(0.25 * ops.mean((ops.stop_gradient(nearest) - inputs) ** 2))
        return inputs + ops.stop_gradient(nearest - inputs)


@field_model("endless generator, steps_per_epoch", EVERYWHERE)
def vector_quantized_autoencoder():
    x, _ = images()

    def batches():
        rng = np.random.default_rng(14)
        while True:
            rows = rng.integers(0, len(x), 8)
            yield x[rows], x[rows]

    model = keras.Sequential(
        [
            keras.Input((12, 12, 1)),
            layers.Conv2D(4, 3, 2, padding="same"),
            VectorQuantizer(6, 4),
            layers.Conv2DTranspose(1, 3, 2, padding="same"),
        ]
    )
    model.compile(keras.optimizers.Adam(use_ema=True, ema_momentum=0.9), "mse")
    return model, {"x": batches(), "steps_per_epoch": 8, "epochs": 3}


@field_model("arrays, moons of scikit-learn, own train_step")
def coupling_flow():
    from sklearn.datasets import make_moons

    x = make_moons(96, noise=0.05, random_state=0)[0].astype("float32")

    class Flow(keras.Model):
        def __init__(self, count):
            super().__init__()
            self.masks = tf.constant([[0.0, 1.0], [1.0, 0.0]] * (count // 2))
            self.nets = [
                keras.Sequential([layers.Dense(8, "relu"), layers.Dense(4)]) for _ in range(count)
            ]
            self.loss_tracker = keras.metrics.Mean(name="loss")

        @property
        def metrics(self):
            return [self.loss_tracker]

        def call(self, points):
            log_volume = 0.0
            for number, net in enumerate(self.nets):
                mask = self.masks[number]
                shift, scale = tf.split(net(points * mask), 2, axis=-1)
                scale = tf.tanh(scale) * (1 - mask)
                points = points * mask + (1 - mask) * (points * tf.exp(scale) + shift)
                log_volume += tf.reduce_sum(scale, -1)
            return points, log_volume

        def train_step(self, points):
            with tf.GradientTape() as tape:
                latent, log_volume = self(points, training=True)
                loss = tf.reduce_mean(0.5 * tf.reduce_sum(latent**2, -1) - log_volume)
            gradients = tape.gradient(loss, self.trainable_variables)
            self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
            self.loss_tracker.update_state(loss)
            return {"loss": self.loss_tracker.result()}

    model = Flow(4)
    model.compile(keras.optimizers.Adam(1e-2))
    return model, {"x": x, "batch_size": 12, "epochs": 3}
