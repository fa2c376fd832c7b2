"""Learning what is alike without labels."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from field_models.registry import EVERYWHERE, field_model
from field_models.synthetic import images
from keras import layers, ops


def _encoder(width=8):
    return keras.Sequential(
        [
            keras.Input((12, 12, 1)),
            layers.Conv2D(4, 3, 2, activation="relu"),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dense(width),
        ]
    )


def _augmenter():
    return keras.Sequential(
        [
            layers.RandomTranslation(0.1, 0.1),
            layers.RandomZoom(0.1),
            layers.RandomBrightness(0.2, value_range=(0, 1)),
        ]
    )


def _apply(optimizer, tape, loss, weights):
    optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))


@field_model("tf.data, unlabelled and labelled zipped, linear probe beside")
def two_views_with_a_linear_probe():
    class TwoViews(keras.Model):
        def __init__(self):
            super().__init__()
            self.augmenter, self.encoder = _augmenter(), _encoder()
            self.head = keras.Sequential([layers.Dense(8, "relu"), layers.Dense(4)])
            self.probe = layers.Dense(4)
            self.contrast = keras.metrics.Mean(name="contrast")
            self.probe_accuracy = keras.metrics.SparseCategoricalAccuracy(name="probe_accuracy")

        @property
        def metrics(self):
            return [self.contrast, self.probe_accuracy]

        def compile(self, contrastive_optimizer, probe_optimizer, temperature=0.2):
            super().compile()
            self.contrastive_optimizer = contrastive_optimizer
            self.probe_optimizer, self.temperature = probe_optimizer, temperature

        def view(self, pictures):
            code = self.head(self.encoder(self.augmenter(pictures, training=True), training=True))
            return ops.normalize(code)

        def train_step(self, data):
            unlabelled, (labelled, labels) = data
            pictures = tf.concat([unlabelled, labelled], 0)
            with tf.GradientTape() as tape:
                alike = self.view(pictures) @ tf.transpose(self.view(pictures)) / self.temperature
                own = tf.range(tf.shape(pictures)[0])
                losses = [
                    keras.losses.sparse_categorical_crossentropy(own, one, from_logits=True)
                    for one in (alike, tf.transpose(alike))
                ]
                loss = tf.reduce_mean(losses)
            weights = self.encoder.trainable_weights + self.head.trainable_weights
            _apply(self.contrastive_optimizer, tape, loss, weights)
            self.contrast.update_state(loss)
            with tf.GradientTape() as tape:
                logits = self.probe(self.encoder(labelled, training=False))
                loss = tf.reduce_mean(
                    keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)
                )
            _apply(self.probe_optimizer, tape, loss, self.probe.trainable_weights)
            self.probe_accuracy.update_state(labels, logits)
            return {metric.name: metric.result() for metric in self.metrics}

    x, y = images()
    unlabelled = tf.data.Dataset.from_tensor_slices(x).shuffle(64, seed=1).batch(8)
    labelled = tf.data.Dataset.from_tensor_slices((x[:32], y[:32])).shuffle(32, seed=2).batch(4)
    model = TwoViews()
    model.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-2))
    return model, {"x": tf.data.Dataset.zip((unlabelled, labelled)), "epochs": 3}


@field_model("arrays, slowly moving twin, nothing to contrast with")
def bootstrapped_twin():
    class Bootstrap(keras.Model):
        def __init__(self):
            super().__init__()
            self.augmenter, self.online, self.twin = _augmenter(), _encoder(), _encoder()
            self.predictor = keras.Sequential([layers.Dense(8, "relu"), layers.Dense(8)])
            self.twin.set_weights(self.online.get_weights())
            self.twin.trainable = False
            self.momentum = 0.9
            self.loss_tracker = keras.metrics.Mean(name="loss")

        @property
        def metrics(self):
            return [self.loss_tracker]

        def train_step(self, pictures):
            one, other = (self.augmenter(pictures, training=True) for _ in range(2))
            target = ops.normalize(self.twin(other, training=False))
            with tf.GradientTape() as tape:
                guess = ops.normalize(self.predictor(self.online(one, training=True)))
                loss = 2 - 2 * tf.reduce_mean(tf.reduce_sum(guess * target, -1))
            _apply(self.optimizer, tape, loss, self.trainable_weights)
            for slow, own in zip(self.twin.weights, self.online.weights, strict=True):
                slow.assign(self.momentum * slow + (1 - self.momentum) * own)
            self.loss_tracker.update_state(loss)
            return {"loss": self.loss_tracker.result()}

    model = Bootstrap()
    model.compile(keras.optimizers.Lion(1e-3))
    return model, {"x": images()[0], "batch_size": 8, "epochs": 3}


@field_model("tf.data, a queue of earlier codes as a variable")
def momentum_contrast_with_queue():
    class MomentumContrast(keras.Model):
        def __init__(self):
            super().__init__()
            self.augmenter, self.query, self.key = _augmenter(), _encoder(), _encoder()
            self.key.set_weights(self.query.get_weights())
            self.queue = self.add_weight(
                shape=(24, 8), initializer="random_normal", trainable=False, name="queue"
            )
            self.place = tf.Variable(0, trainable=False)
            self.loss_tracker = keras.metrics.Mean(name="loss")

        @property
        def metrics(self):
            return [self.loss_tracker]

        def train_step(self, pictures):
            keys = ops.normalize(self.key(self.augmenter(pictures, training=True), training=False))
            with tf.GradientTape() as tape:
                seen = self.query(self.augmenter(pictures, training=True), training=True)
                queries = ops.normalize(seen)
                right = tf.reduce_sum(queries * keys, -1, keepdims=True)
                logits = tf.concat([right, queries @ tf.transpose(self.queue.value)], 1) / 0.2
                first = tf.zeros(tf.shape(logits)[0], tf.int32)
                loss = tf.reduce_mean(
                    keras.losses.sparse_categorical_crossentropy(first, logits, from_logits=True)
                )
            _apply(self.optimizer, tape, loss, self.query.trainable_weights)
            for slow, own in zip(self.key.weights, self.query.weights, strict=True):
                slow.assign(0.9 * slow + 0.1 * own)
            self.queue.assign(tf.concat([self.queue[8:], keys], 0))
            self.place.assign_add(1)
            self.loss_tracker.update_state(loss)
            return {"loss": self.loss_tracker.result()}

    model = MomentumContrast()
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9))
    data = tf.data.Dataset.from_tensor_slices(images()[0]).shuffle(64, seed=3).batch(8, True)
    return model, {"x": data, "epochs": 3}


@field_model("generator function (epoch, start) of pairs", EVERYWHERE)
def siamese_pairs():
    x, y = images()

    def pairs(epoch, start):
        for number in range(start, 8):
            rng = np.random.default_rng([epoch, number])
            left, right = rng.integers(0, len(x), (2, 8))
            yield (x[left], x[right]), (y[left] == y[right]).astype("float32")[:, None]

    def contrast(same, distance):
        near, far = ops.square(distance), ops.square(ops.maximum(1.0 - distance, 0.0))
        return ops.mean(same * near + (1 - same) * far)

    one, other = keras.Input((12, 12, 1)), keras.Input((12, 12, 1))
    encoder = _encoder()
    apart = layers.Subtract()([encoder(one), encoder(other)])
    distance = layers.Lambda(
        lambda apart: ops.sqrt(ops.sum(apart**2, -1, keepdims=True) + 1e-6), output_shape=(1,)
    )(apart)
    model = keras.Model([one, other], distance)
    model.compile("rmsprop", contrast, metrics=[keras.metrics.BinaryAccuracy(threshold=0.5)])
    return model, {"x": pairs, "epochs": 3}


@field_model("arrays, masked patches, two networks", EVERYWHERE)
def masked_autoencoder():
    class MaskSquares(layers.Layer):
        def __init__(self, share, **more):
            super().__init__(**more)
            self.share = share
            self.seed_generator = keras.random.SeedGenerator(5)

        def build(self, shape):
            self.hidden = self.add_weight(shape=(shape[-1],), initializer="normal", name="hidden")

        def call(self, patches, training=False):
            if not training:
                return patches
            shape = (ops.shape(patches)[0], patches.shape[1], 1)
            kept = keras.random.uniform(shape, seed=self.seed_generator) > self.share
            return ops.where(kept, patches, ops.convert_to_tensor(self.hidden))

    x, _ = images()
    patches = x.reshape(-1, 3, 4, 3, 4).transpose(0, 1, 3, 2, 4).reshape(-1, 9, 16)
    inputs = keras.Input((9, 16))
    hidden = layers.Dense(8)(MaskSquares(0.5)(inputs))
    hidden = layers.LayerNormalization()(layers.MultiHeadAttention(2, 4)(hidden, hidden) + hidden)
    model = keras.Model(inputs, layers.Dense(16)(hidden))
    model.compile(keras.optimizers.AdamW(1e-3), "mse", metrics=["mae"])
    return model, {
        "x": patches,
        "y": patches,
        "batch_size": 8,
        "epochs": 3,
        "validation_data": (patches[:16], patches[:16]),
    }
