"""What comes next: loads, prices, temperatures and orbits."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from field_models.registry import EVERYWHERE, field_model
from keras import layers, ops


def _series(count=200):
    """A trend, two seasons and noise."""
    time = np.arange(count)
    seasons = np.sin(time / 4) + 0.5 * np.sin(time / 11)
    noise = np.random.default_rng(41).normal(0, 0.1, count)
    return (0.005 * time + seasons + noise).astype("float32")


def _windows(length, ahead, step=2):
    series = _series()
    starts = range(0, len(series) - length - ahead, step)
    x = np.stack([series[one : one + length] for one in starts])
    y = np.stack([series[one + length : one + length + ahead] for one in starts])
    return x[..., None], y


class Forget(keras.callbacks.Callback):
    """An epoch begins with empty states."""

    def on_epoch_begin(self, epoch, logs=None):
        self.model.get_layer("memory").reset_state()


# Keras on torch assigns to states that the gradient still needs.
@field_model("arrays in order, states kept from batch to batch", ("tensorflow", "jax"))
def load_by_stateful_memory():
    x, y = _windows(6, 1)
    model = keras.Sequential(
        [
            keras.Input((6, 1), batch_size=8),
            layers.LSTM(6, stateful=True, return_sequences=True, name="memory"),
            layers.GRU(4, stateful=True, reset_after=False),
            layers.Dense(1),
        ]
    )
    model.compile(keras.optimizers.RMSprop(1e-2), "mae")
    return model, {
        "x": x[:88],
        "y": y[:88],
        "batch_size": 8,
        "shuffle": False,
        "epochs": 3,
        "callbacks": [Forget()],
    }


@field_model("timeseries_dataset_from_array, shuffled; kernels of norm 1")
def temporal_convolution():
    def block(hidden, dilation):
        convolution = layers.Conv1D(6, 2, padding="causal", dilation_rate=dilation)
        inner = layers.SpectralNormalization(convolution, power_iterations=2)(hidden)
        inner = layers.Dropout(0.1)(layers.LeakyReLU()(inner))
        return layers.Add()([layers.Dense(6)(hidden), inner])

    series = _series()
    data = keras.utils.timeseries_dataset_from_array(
        series[:-1, None], series[16:], 16, batch_size=16, shuffle=True, seed=5
    )
    inputs = keras.Input((16, 1))
    hidden = block(block(block(inputs, 1), 2), 4)
    model = keras.Model(inputs, layers.Dense(1)(hidden[:, -1]))
    model.compile(
        keras.optimizers.Adam(1e-2, amsgrad=True),
        keras.losses.LogCosh(),
        metrics=[keras.metrics.R2Score(), keras.metrics.RootMeanSquaredError()],
    )
    return model, {"x": data, "epochs": 3, "validation_data": data.take(2)}


class Basis(layers.Layer):
    """Part of a forecast, and what of the past it explains; without get_config."""

    def __init__(self, width, past, ahead, kind):
        super().__init__()
        self.hidden = [layers.Dense(width, "relu") for _ in range(2)]
        self.back, self.forth = layers.Dense(4), layers.Dense(4)
        time = np.linspace(-1, 1, past + ahead)
        powers = [
            time**one if kind == "trend" else np.cos(2 * (one + 1) * time) for one in range(4)
        ]
        self.waves = np.stack(powers).astype("float32")
        self.past = past

    def call(self, inputs):
        for layer in self.hidden:
            inputs = layer(inputs)
        return (
            ops.matmul(self.back(inputs), self.waves[:, : self.past]),
            ops.matmul(self.forth(inputs), self.waves[:, self.past :]),
        )


class Triangle(keras.optimizers.schedules.LearningRateSchedule):
    """Up and down again, over and over; counts how often it was asked."""

    def __init__(self, low, high, half):
        self.low, self.high, self.half, self.asked = low, high, half, 0

    def __call__(self, step):
        self.asked += 1
        place = ops.mod(ops.cast(step, "float32") / self.half, 2.0)
        return self.low + (self.high - self.low) * (1 - ops.abs(place - 1))


@field_model("arrays, stacks that subtract what they explain, cyclic rate", EVERYWHERE)
def basis_expansion():
    class Stacks(keras.Model):
        def __init__(self, past, ahead):
            super().__init__()
            self.stacks = [Basis(8, past, ahead, kind) for kind in ("trend", "season", "season")]

        def call(self, inputs):
            rest, forecast = inputs[..., 0], 0.0
            for stack in self.stacks:
                back, forth = stack(rest)
                rest, forecast = rest - back, forecast + forth
            return forecast

    x, y = _windows(12, 4)
    model = Stacks(12, 4)
    model.compile(keras.optimizers.Adam(Triangle(1e-3, 1e-2, 6)), "mape", metrics=["mse"])
    return model, {"x": x, "y": y, "batch_size": 12, "epochs": 3}


class TeachLess(keras.callbacks.Callback):
    """The share of steps at which the model sees the truth falls, by a variable of the model."""

    def on_epoch_begin(self, epoch, logs=None):
        self.model.share.assign(0.7 ** (epoch + 1))


@field_model("tf.data, scheduled sampling, a mean and a width for each step")
def probabilistic_forecast():
    class Forecaster(keras.Model):
        def __init__(self):
            super().__init__()
            self.cell, self.head = layers.GRUCell(6, dropout=0.1), layers.Dense(2)
            self.share = self.add_weight(shape=(), initializer="ones", trainable=False)
            self.seed_generator = keras.random.SeedGenerator(3)
            self.likelihood = keras.metrics.Mean(name="likelihood")

        @property
        def metrics(self):
            return [self.likelihood]

        def train_step(self, series):
            with tf.GradientTape() as tape:
                scale = tf.reduce_mean(tf.abs(series), 1, keepdims=True) + 0.1
                scaled, loss = series / scale, 0.0
                state, seen = [tf.zeros((tf.shape(series)[0], 6))], scaled[:, :1]
                self.cell.reset_dropout_mask()
                for step in range(1, series.shape[1]):
                    output, state = self.cell(seen, state, training=True)
                    mean, width = tf.split(self.head(output), 2, -1)
                    width, truth = tf.nn.softplus(width) + 1e-3, scaled[:, step : step + 1]
                    loss += tf.reduce_mean(((truth - mean) / width) ** 2 / 2 + tf.math.log(width))
                    drawn = keras.random.uniform(tf.shape(mean), seed=self.seed_generator)
                    seen = tf.where(drawn < self.share, truth, mean)
            self.optimizer.apply(
                tape.gradient(loss, self.trainable_weights), self.trainable_weights
            )
            self.likelihood.update_state(-loss)
            return {"likelihood": self.likelihood.result()}

    x, _ = _windows(10, 1)
    model = Forecaster()
    model.compile(keras.optimizers.Adam(1e-2, clipnorm=1.0))
    data = tf.data.Dataset.from_tensor_slices(x[..., 0]).shuffle(100, seed=2).batch(12)
    return model, {"x": data, "epochs": 3, "callbacks": [TeachLess()]}


class Threshold(keras.callbacks.Callback):
    """Learns from the errors of an epoch what counts as odd; keeps the best weights in memory."""

    def __init__(self, x):
        super().__init__()
        self.x, self.limits, self.best, self.kept = x, [], np.inf, None

    def on_epoch_end(self, epoch, logs=None):
        errors = np.abs(self.x - ops.convert_to_numpy(self.model(self.x, training=False))).mean(
            (1, 2)
        )
        self.limits.append(float(np.quantile(errors, 0.95)))
        if self.limits[-1] < self.best:
            self.best, self.kept = self.limits[-1], self.model.get_weights()


@field_model("arrays, activity as a loss, threshold by a callback", EVERYWHERE)
def anomalies_by_reconstruction():
    x, _ = _windows(16, 1)
    model = keras.Sequential(
        [
            layers.Conv1D(6, 5, strides=2, padding="same", activation="relu"),
            layers.Dropout(0.2),
            layers.Conv1D(3, 5, strides=2, padding="same", activity_regularizer="l1"),
            layers.ActivityRegularization(l2=1e-3),
            layers.Conv1DTranspose(6, 5, strides=2, padding="same", activation="relu"),
            layers.Conv1DTranspose(1, 5, strides=2, padding="same"),
        ]
    )
    model.compile(keras.optimizers.Adadelta(1.0), "mse")
    return model, {
        "x": x,
        "y": x,
        "batch_size": 12,
        "epochs": 3,
        "validation_split": 0.1,
        "callbacks": [Threshold(x), keras.callbacks.EarlyStopping(patience=1)],
    }


class DriftingCell(layers.Layer):
    """A recurrent cell of one's own, with noise in its state while it learns."""

    def __init__(self, units, **more):
        super().__init__(**more)
        self.units = self.state_size = self.output_size = units
        self.noise = layers.GaussianNoise(0.05, seed=4)
        self.norm = layers.LayerNormalization()

    def build(self, shape):
        self.inner = self.add_weight(shape=(shape[-1] + self.units, self.units), name="inner")
        self.speed = self.add_weight(shape=(self.units,), initializer="zeros", name="speed")

    def call(self, inputs, states, training=False):
        (state,) = states
        aim = ops.tanh(ops.matmul(ops.concatenate([inputs, state], -1), self.inner))
        state = state + ops.sigmoid(self.speed) * (aim - state)
        state = self.norm(self.noise(state, training=training))
        return state, [state]


@field_model("endless generator of drawn orbits, own cell", EVERYWHERE)
def orbits_by_a_continuous_cell():
    def batches():
        rng = np.random.default_rng(52)
        while True:
            phase, speed = rng.uniform(0, 6, (6, 1)), rng.uniform(0.2, 0.6, (6, 1))
            angle = phase + speed * np.arange(11)
            orbit = np.stack([np.cos(angle), np.sin(angle)], -1).astype("float32")
            yield orbit[:, :-1], orbit[:, 1:]

    model = keras.Sequential(
        [
            keras.Input((10, 2)),
            layers.RNN(DriftingCell(6), return_sequences=True),
            layers.TimeDistributed(layers.Dense(2)),
        ]
    )
    model.compile(keras.optimizers.Nadam(5e-3), "huber", metrics=["cosine_similarity"])
    return model, {"x": batches(), "steps_per_epoch": 8, "epochs": 3}


@field_model("dict of arrays, several horizons and quantiles, weights by horizon", EVERYWHERE)
def fused_past_and_calendar():
    def quantile_loss(y_true, y_pred):
        shares = ops.convert_to_tensor([0.1, 0.5, 0.9])
        over = ops.expand_dims(y_true, -1) - y_pred
        return ops.mean(ops.maximum(shares * over, (shares - 1) * over), -1)

    past, future = _windows(12, 4)
    calendar = np.arange(len(past) * 4).reshape(-1, 4) % 7
    seen = keras.Input((12, 1), name="past")
    days = keras.Input((4,), dtype="int32", name="days")
    everything, *state = layers.LSTM(6, return_sequences=True, return_state=True)(seen)
    known = layers.LSTM(6, return_sequences=True)(layers.Embedding(7, 6)(days), initial_state=state)
    looked = layers.MultiHeadAttention(2, 3, dropout=0.1)(known, everything)
    gated = layers.Multiply()([looked, layers.Dense(6, "sigmoid")(looked)])
    hidden = layers.LayerNormalization()(layers.Add()([known, gated]))
    model = keras.Model([seen, days], layers.Dense(3)(hidden))
    model.compile(keras.optimizers.Adam(1e-2), quantile_loss, weighted_metrics=[quantile_loss])
    weight = np.tile(0.9 ** np.arange(4), (len(past), 1)).astype("float32")
    return model, {
        "x": {"past": past, "days": calendar},
        "y": future,
        "sample_weight": weight,
        "batch_size": 12,
        "epochs": 3,
        "callbacks": [
            keras.callbacks.CSVLogger("log.csv"),
            keras.callbacks.ModelCheckpoint(
                "best.weights.h5", "loss", save_best_only=True, save_weights_only=True
            ),
        ],
    }
