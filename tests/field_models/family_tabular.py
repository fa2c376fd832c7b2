"""Rows and columns: numbers and words about tenants, patients and payments."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from field_models.registry import EVERYWHERE, field_model
from field_models.synthetic import table
from keras import layers, ops

CITIES = ["bonn", "lima", "oslo", "rome"]


def _numbers():
    """The same table as three columns of numbers, scaled."""
    columns, moved = table()
    x = np.stack([columns["age"] / 90, columns["rent"] / 1000, columns["rooms"] / 6], 1)
    return x.astype("float32"), moved


@field_model("tf.data of dicts, columns crossed and one-hot by FeatureSpace")
def wide_and_deep():
    columns, moved = table()
    space = keras.utils.FeatureSpace(
        {
            "age": keras.utils.FeatureSpace.float_discretized(num_bins=4),
            "rent": keras.utils.FeatureSpace.float_normalized(),
            "city": keras.utils.FeatureSpace.string_categorical(num_oov_indices=1),
            "rooms": keras.utils.FeatureSpace.integer_categorical(),
        },
        crosses=[("city", "rooms")],
        crossing_dim=16,
        output_mode="concat",
    )
    data = tf.data.Dataset.from_tensor_slices((columns, moved))
    space.adapt(data.map(lambda row, _: row).batch(16))
    data = data.shuffle(64, seed=1).batch(8).map(lambda rows, y: (space(rows), y))
    features = space.get_encoded_features()
    deep = layers.Dropout(0.3)(layers.Dense(8, "relu")(features))
    odds = layers.Add()([layers.Dense(1)(features), layers.Dense(1)(deep)])
    model = keras.Model(features, layers.Activation("sigmoid")(odds))
    model.compile(
        keras.optimizers.Ftrl(0.05, l1_regularization_strength=1e-3),
        "binary_crossentropy",
        metrics=["accuracy"],
    )
    return model, {"x": data.prefetch(1), "epochs": 3}


class WarmThenSlow(keras.optimizers.schedules.LearningRateSchedule):
    """Rises, then falls with the root; one that nobody thought of saving."""

    def __init__(self, peak, warm):
        super().__init__()
        self.peak, self.warm = peak, warm

    def __call__(self, step):
        step = ops.cast(step, "float32") + 1.0
        return self.peak * ops.minimum(step / self.warm, ops.sqrt(self.warm / step))


@field_model("dict of arrays of numbers and strings, class_weight")
def transformer_over_columns():
    columns, moved = table()
    inputs = {
        "age": keras.Input((1,), name="age"),
        "rent": keras.Input((1,), name="rent"),
        "city": keras.Input((1,), dtype="string", name="city"),
        "rooms": keras.Input((1,), dtype="int64", name="rooms"),
    }
    towns = layers.StringLookup(vocabulary=CITIES)(inputs["city"])
    seen = layers.Concatenate(axis=1)(
        [layers.Embedding(5, 8)(towns), layers.Embedding(7, 8)(inputs["rooms"])]
    )
    for _ in range(2):
        attended = layers.MultiHeadAttention(2, 4, dropout=0.1)(seen, seen)
        seen = layers.LayerNormalization()(layers.Add()([seen, attended]))
        thought = layers.Dense(8)(layers.Dense(16, "gelu")(seen))
        seen = layers.LayerNormalization()(layers.Add()([seen, thought]))
    numbers = layers.Concatenate()([inputs["age"], inputs["rent"]])
    numbers = layers.LayerNormalization()(numbers)
    hidden = layers.Concatenate()([layers.Flatten()(seen), numbers])
    outputs = layers.Dense(1, "sigmoid")(layers.Dropout(0.2)(layers.Dense(8, "selu")(hidden)))
    model = keras.Model(inputs, outputs)
    model.compile(
        keras.optimizers.AdamW(WarmThenSlow(1e-2, 8), weight_decay=1e-3),
        "binary_crossentropy",
        metrics=[keras.metrics.AUC(), keras.metrics.Recall()],
    )
    x = {name: column[:, None] for name, column in columns.items()}
    return model, {
        "x": x,
        "y": moved[:, None],
        "class_weight": {0: 1.0, 1: 2.0},
        "batch_size": 8,
        "epochs": 3,
    }


class Gate(layers.Layer):
    """Lets through what a sigmoid of the same input says; without get_config."""

    def __init__(self, width):
        super().__init__()
        self.linear, self.gate = layers.Dense(width), layers.Dense(width, "sigmoid")

    def call(self, inputs):
        return self.linear(inputs) * self.gate(inputs)


class GatedResidual(layers.Layer):
    """What a gate adds to its input, normalized; without get_config."""

    def __init__(self, width, dropout):
        super().__init__()
        self.width = width
        self.thought = keras.Sequential([layers.Dense(width, "elu"), layers.Dropout(dropout)])
        self.gate, self.norm = Gate(width), layers.LayerNormalization()
        self.project = None

    def build(self, shape):
        if shape[-1] != self.width:
            self.project = layers.Dense(self.width)

    def call(self, inputs, training=False):
        straight = inputs if self.project is None else self.project(inputs)
        return self.norm(straight + self.gate(self.thought(inputs, training=training)))


@field_model("pandas frame and series, sample_weight as a series", EVERYWHERE)
def gated_residual_and_variable_selection():
    import pandas as pd

    class Selecting(keras.Model):
        def __init__(self, count, width):
            super().__init__()
            self.own = [GatedResidual(width, 0.1) for _ in range(count)]
            self.choose = GatedResidual(count, 0.1)
            self.outcome = layers.Dense(1, "sigmoid")

        def call(self, inputs, training=False):
            columns = ops.split(inputs, len(self.own), axis=-1)
            seen = ops.stack(
                [net(one, training=training) for net, one in zip(self.own, columns, strict=True)], 1
            )
            share = ops.softmax(self.choose(inputs, training=training))
            return self.outcome(ops.sum(seen * share[..., None], 1))

    x, moved = _numbers()
    frame = pd.DataFrame(x, columns=["age", "rent", "rooms"])
    weight = pd.Series(np.linspace(0.5, 1.5, len(frame)), name="weight")
    model = Selecting(3, 6)
    model.compile("adam", "binary_crossentropy", weighted_metrics=["accuracy"])
    return model, {
        "x": frame,
        "y": pd.Series(moved, name="moved"),
        "sample_weight": weight,
        "batch_size": 8,
        "epochs": 3,
    }


class AdaptiveFocal(keras.losses.Loss):
    """Looks away from what is easy; how far is learnt of the share of hits, in a variable."""

    def __init__(self):
        super().__init__(name="focal")
        self.gamma = keras.Variable(2.0, trainable=False, name="gamma")

    def call(self, y_true, y_pred):
        right = ops.where(y_true > 0.5, y_pred, 1 - y_pred)
        self.gamma.assign(0.9 * self.gamma + 0.1 * (1 + 2 * ops.mean(right)))
        return -ops.mean((1 - right) ** self.gamma * ops.log(right + 1e-6), axis=-1)


class FoundAtThreshold(keras.metrics.Metric):
    """F1 with totals of its own."""

    def __init__(self, **more):
        super().__init__(**more)
        self.right = self.add_weight(name="right", initializer="zeros")
        self.said = self.add_weight(name="said", initializer="zeros")
        self.true = self.add_weight(name="true", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        del sample_weight
        said = ops.cast(y_pred > 0.5, "float32")
        y_true = ops.cast(y_true, "float32")
        self.right.assign_add(ops.sum(said * y_true))
        self.said.assign_add(ops.sum(said))
        self.true.assign_add(ops.sum(y_true))

    def result(self):
        return 2 * self.right / (self.said + self.true + 1e-6)


@field_model("arrays, rare class, loss with a variable, validation")
def focal_loss_for_rare_fraud():
    rng = np.random.default_rng(31)
    x = rng.normal(size=(96, 6)).astype("float32")
    y = (x[:, :2].sum(1) > 1.8).astype("float32")[:, None]
    model = keras.Sequential(
        [
            layers.Dense(12, "relu", kernel_regularizer="l2"),
            layers.BatchNormalization(),
            layers.AlphaDropout(0.1),
            layers.Dense(1, "sigmoid", bias_initializer=keras.initializers.Constant(-2.0)),
        ]
    )
    model.compile(
        keras.optimizers.Adamax(1e-2),
        AdaptiveFocal(),
        metrics=[FoundAtThreshold(name="f1"), keras.metrics.PrecisionAtRecall(0.5)],
    )
    stop = keras.callbacks.EarlyStopping("val_f1", patience=3, mode="max", start_from_epoch=1)
    return model, {
        "x": x,
        "y": y,
        "validation_data": (x[:24], y[:24]),
        "batch_size": 8,
        "epochs": 4,
        "callbacks": [stop],
    }


@field_model("generator function of pandas rows, three heads, one loss each", EVERYWHERE)
def quantiles_of_rents():
    import pandas as pd

    columns, _ = table()
    frame = pd.DataFrame({"age": columns["age"] / 90, "rooms": columns["rooms"] / 6.0})
    rent = columns["rent"][:, None] / 1000

    def batches(epoch, start):
        for number in range(start, 8):
            rows = frame.sample(8, random_state=100 * epoch + number)
            target = rent[rows.index]
            yield rows.to_numpy("float32"), {"low": target, "middle": target, "high": target}

    def pinball(share):
        def loss(y_true, y_pred):
            over = y_true - y_pred
            return ops.mean(ops.maximum(share * over, (share - 1) * over), axis=-1)

        return loss

    inputs = keras.Input((2,))
    hidden = layers.GaussianDropout(0.1)(layers.Dense(8, "softplus")(inputs))
    low = layers.Dense(1, name="low")(hidden)
    middle = layers.Dense(1, name="middle")(hidden)
    high = layers.Dense(1, name="high")(hidden)
    model = keras.Model(inputs, {"low": low, "middle": middle, "high": high})
    model.compile(
        keras.optimizers.Adagrad(0.1),
        {"low": pinball(0.1), "middle": pinball(0.5), "high": pinball(0.9)},
        loss_weights={"low": 1.0, "middle": 2.0, "high": 1.0},
    )
    return model, {"x": batches, "epochs": 3}


class SoftTree(keras.Model):
    """Every leaf counts by how likely the way to it is; sees columns that were drawn for it."""

    def __init__(self, depth, columns, seen):
        super().__init__()
        self.depth = depth
        drawn = np.random.choice(columns, seen, replace=False)
        self.mask = np.eye(columns, dtype="float32")[drawn].T
        self.leaves = self.add_weight(shape=(2**depth, 2), initializer="random_normal")
        self.decide = layers.Dense(2**depth - 1, "sigmoid")

    def call(self, inputs):
        right = self.decide(ops.matmul(inputs, self.mask))
        way, first = ops.ones_like(right[:, :1]), 0
        for level in range(self.depth):
            turn = right[:, first : first + 2**level]
            way = ops.concatenate([way * turn, way * (1 - turn)], 1)
            first += 2**level
        return ops.matmul(way, ops.softmax(self.leaves))


@field_model("arrays, trees that draw their columns as they are made", EVERYWHERE)
def forest_of_soft_trees():
    class Forest(keras.Model):
        def __init__(self, count):
            super().__init__()
            self.trees = [SoftTree(3, 3, 2) for _ in range(count)]

        def call(self, inputs):
            return sum(tree(inputs) for tree in self.trees) / len(self.trees)

    x, moved = _numbers()
    model = Forest(4)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, {"x": x, "y": moved.astype("int32"), "batch_size": 8, "epochs": 3}


class DrawnDense(layers.Layer):
    """Weights are drawn at each call; their divergence from the prior is a loss."""

    def __init__(self, units, rows, **more):
        super().__init__(**more)
        self.units, self.rows = units, rows
        self.seed_generator = keras.random.SeedGenerator(77)

    def build(self, shape):
        kernel = (shape[-1], self.units)
        self.mean = self.add_weight(shape=kernel, initializer="glorot_uniform", name="mean")
        self.spread = self.add_weight(
            shape=kernel, initializer=keras.initializers.Constant(-3.0), name="spread"
        )

    def call(self, inputs):
        deviation = ops.softplus(self.spread)
        noise = keras.random.normal(self.mean.shape, seed=self.seed_generator)
        divergence = ops.sum(0.5 * (self.mean**2 + deviation**2 - 1) - ops.log(deviation))
        self.add_loss(divergence / self.rows)
        return ops.matmul(inputs, self.mean + deviation * noise)


@field_model("arrays, weights drawn at each call, two results a row", EVERYWHERE)
def bayesian_regression():
    def negative_log_likelihood(y_true, y_pred):
        mean, log_scale = y_pred[:, :1], y_pred[:, 1:]
        return ops.mean(0.5 * ((y_true - mean) / ops.exp(log_scale)) ** 2 + log_scale, -1)

    x, _ = _numbers()
    inputs = keras.Input((2,))
    hidden = ops.tanh(DrawnDense(6, len(x))(layers.BatchNormalization()(inputs)))
    model = keras.Model(inputs, DrawnDense(2, len(x))(hidden))
    model.compile(keras.optimizers.RMSprop(1e-2, centered=True), negative_log_likelihood)
    return model, {"x": x[:, ::2], "y": x[:, 1:2], "batch_size": 8, "epochs": 3}


class AverageOfEnds(keras.callbacks.Callback):
    """Stochastic weight averaging: the mean of the weights at the low points of a cyclic rate."""

    def __init__(self, every):
        super().__init__()
        self.every, self.mean, self.count = every, None, 0

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every:
            return
        present = self.model.get_weights()
        self.count += 1
        if self.mean is None:
            self.mean = present
        else:
            pairs = zip(self.mean, present, strict=True)
            self.mean = [mean + (one - mean) / self.count for mean, one in pairs]

    def on_train_end(self, logs=None):
        if self.mean is not None:
            self.model.set_weights(self.mean)


@field_model("arrays, cyclic rate by a lambda, mean of weights put in at the end", EVERYWHERE)
def snapshots_averaged_over_cycles():
    x, moved = _numbers()
    model = keras.Sequential([layers.Dense(8, "relu"), layers.Dropout(0.2), layers.Dense(1)])
    model.compile(
        keras.optimizers.SGD(0.1, momentum=0.9),
        keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[keras.metrics.BinaryAccuracy(threshold=0.0)],
    )
    rate = keras.callbacks.LearningRateScheduler(
        lambda epoch: float(0.02 + 0.08 * (1 + np.cos(np.pi * (epoch % 2))) / 2)
    )
    return model, {
        "x": x,
        "y": moved[:, None],
        "batch_size": 16,
        "epochs": 5,
        "callbacks": [rate, AverageOfEnds(2)],
    }


@field_model("tf.data with rejection by class, own train_step that steps twice")
def sharpness_aware_minimization():
    class Sharp(keras.Model):
        def __init__(self, net, radius):
            super().__init__()
            self.net, self.radius = net, radius

        def call(self, inputs, training=False):
            return self.net(inputs, training=training)

        def _gradients(self, x, y):
            with tf.GradientTape() as tape:
                guess = self(x, training=True)
                loss = self.compute_loss(x, y, guess)
            return guess, loss, tape.gradient(loss, self.trainable_variables)

        def train_step(self, data):
            x, y = data
            guess, loss, gradients = self._gradients(x, y)
            norm = tf.linalg.global_norm(gradients)
            steps = [self.radius * one / (norm + 1e-9) for one in gradients]
            for weight, step in zip(self.trainable_variables, steps, strict=True):
                weight.assign_add(step)
            _, _, gradients = self._gradients(x, y)
            for weight, step in zip(self.trainable_variables, steps, strict=True):
                weight.assign_sub(step)
            self.optimizer.apply(gradients, self.trainable_variables)
            return self.compute_metrics(x, y, guess) | {"loss": loss}

    x, moved = _numbers()
    rows = tf.data.Dataset.from_tensor_slices((x, moved[:, None]))
    stays, moves = (rows.filter(lambda _, y, kind=kind: y[0] == kind) for kind in (0.0, 1.0))
    data = tf.data.Dataset.sample_from_datasets(
        [stays.repeat(), moves.shuffle(32, seed=3).repeat()], [0.5, 0.5], seed=4
    )
    net = keras.Sequential([layers.Dense(8, "relu"), layers.Dropout(0.1), layers.Dense(1)])
    model = Sharp(net, 0.05)
    model.compile(
        keras.optimizers.SGD(0.1, momentum=0.9),
        keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=["mae"],
    )
    return model, {"x": data.batch(8), "steps_per_epoch": 8, "epochs": 3}
