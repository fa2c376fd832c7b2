"""Tones: what they are, who made them, how they go on, and what they were before the noise."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from field_models.registry import EVERYWHERE, field_model
from field_models.synthetic import waves
from keras import layers, ops


class HideBands(layers.Layer):
    """Silences some pitches for a while, as is done to spectrograms; without get_config."""

    def __init__(self, width, seed):
        super().__init__()
        self.width = width
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs, training=False):
        if not training:
            return inputs
        count = inputs.shape[-1]
        first = keras.random.randint(
            (ops.shape(inputs)[0], 1, 1), 0, count - self.width, seed=self.seed_generator
        )
        place = ops.arange(count)[None, None, :]
        hidden = ops.logical_and(place >= first, place < first + self.width)
        return ops.where(hidden, 0.0, inputs)


@field_model("arrays, spectrogram within the model, bands hidden at random", EVERYWHERE)
def spoken_commands_by_spectrogram():
    x, y = waves()
    inputs = keras.Input((64,))
    pitches = layers.STFTSpectrogram(
        mode="log", frame_length=16, frame_step=4, fft_length=16, trainable=False
    )(layers.Reshape((64, 1))(inputs))
    hidden = HideBands(2, 5)(layers.Normalization(mean=-4.0, variance=4.0)(pitches))
    hidden = layers.SeparableConv1D(6, 3, activation="relu")(hidden)
    hidden = layers.SpatialDropout1D(0.2)(layers.AveragePooling1D(2)(hidden))
    outputs = layers.Dense(3, "softmax")(layers.GlobalMaxPooling1D()(hidden))
    model = keras.Model(inputs, outputs)
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecayRestarts(1e-2, 5)),
        keras.losses.SparseCategoricalCrossentropy(),
        metrics=["accuracy"],
    )
    return model, {
        "x": x,
        "y": y,
        "batch_size": 8,
        "epochs": 3,
        "validation_split": 0.25,
        "callbacks": [keras.callbacks.TerminateOnNaN()],
    }


class DilatedBlock(keras.Model):
    """Two gated convolutions that look back only; a model within models, without get_config."""

    def __init__(self, width, dilation):
        super().__init__()
        self.keep = layers.Conv1D(width, 2, padding="causal", dilation_rate=dilation)
        self.gate = layers.Conv1D(width, 2, padding="causal", dilation_rate=dilation)
        self.out, self.skip = layers.Dense(width), layers.Dense(width)

    def call(self, inputs):
        hidden = ops.tanh(self.keep(inputs)) * ops.sigmoid(self.gate(inputs))
        return inputs + self.out(hidden), self.skip(hidden)


@field_model("tf.data that cuts waves at random places, averaged weights")
def dilated_waves():
    class Waves(keras.Model):
        def __init__(self, width, levels):
            super().__init__()
            self.first = layers.Embedding(levels, width)
            self.blocks = [DilatedBlock(width, 2**power) for power in range(3)]
            self.last = keras.Sequential([layers.ReLU(), layers.Dense(levels)])

        def call(self, inputs):
            hidden, skipped = self.first(inputs), 0.0
            for block in self.blocks:
                hidden, skip = block(hidden)
                skipped += skip
            return self.last(skipped)

    def loudness(wave):
        folded = tf.sign(wave) * tf.math.log1p(15 * tf.abs(wave)) / tf.math.log(16.0)
        return tf.cast(tf.clip_by_value((folded + 1) * 8, 0, 15), tf.int32)

    def cut(wave):
        place = tf.random.uniform((), 0, 30, tf.int32, seed=8)
        piece = loudness(wave[place : place + 33])
        return piece[:-1], piece[1:]

    x, _ = waves()
    data = tf.data.Dataset.from_tensor_slices(x).shuffle(64, seed=1).map(cut)
    model = Waves(6, 16)
    model.compile(
        keras.optimizers.Adam(1e-2, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=7),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[keras.metrics.SparseCategoricalAccuracy()],
    )
    return model, {"x": data.batch(8, drop_remainder=True).prefetch(2), "epochs": 3}


class HeardLetters(keras.callbacks.Callback):
    """After an epoch, what is heard in three of the waves; and which epoch was the best."""

    def __init__(self, x, y):
        super().__init__()
        self.x, self.y, self.heard, self.best = x, y, {}, (None, float("inf"))

    def on_epoch_end(self, epoch, logs=None):
        odds = np.asarray(self.model(self.x, training=False))
        self.heard[epoch] = odds.argmax(-1).tolist()
        if logs["loss"] < self.best[1]:
            self.best = (epoch, logs["loss"])


@field_model("tf.data padded to the longest of a batch, loss over alignments")
def letters_from_speech():
    x, y = waves()

    def example(number):
        length = 32 + 8 * (number % 4)
        letters = tf.repeat(tf.gather(y, number) + 1, 2 + number % 2)
        frames = tf.signal.frame(tf.gather(x, number)[:length], 8, 4)
        return tf.abs(tf.signal.rfft(frames)), letters

    inputs = keras.Input((None, 5))
    hidden = layers.Bidirectional(layers.GRU(6, return_sequences=True))(inputs)
    hidden = layers.Bidirectional(layers.LSTM(6, return_sequences=True))(hidden)
    model = keras.Model(inputs, layers.Dense(5)(layers.Dropout(0.2)(hidden)))
    model.compile(keras.optimizers.Adam(5e-3, clipvalue=0.5), keras.losses.CTC())
    data = tf.data.Dataset.range(64).shuffle(64, seed=3).map(example)
    data = data.padded_batch(8, padded_shapes=([None, 5], [4]))
    frames = np.abs(np.random.default_rng(2).normal(size=(3, 9, 5))).astype("float32")
    return model, {"x": data, "epochs": 3, "callbacks": [HeardLetters(frames, y[:3])]}


class NoisyWaves(keras.utils.PyDataset):
    """Clean waves in noise of its own stream, the more the longer training goes on."""

    def __init__(self, clean, **more):
        super().__init__(**more)
        self.clean, self.rng, self.loudness = clean, np.random.default_rng(17), 0.1

    def __len__(self):
        return len(self.clean) // 8

    def __getitem__(self, number):
        clean = self.clean[8 * number : 8 * number + 8, :, None]
        return clean + self.loudness * self.rng.normal(size=clean.shape), clean

    def on_epoch_begin(self):
        self.loudness *= 1.5


@field_model("PyDataset with a noise stream, curriculum of loudness", EVERYWHERE)
def taking_noise_out_of_speech():
    x, _ = waves()
    inputs = keras.Input((64, 1))
    down = layers.Conv1D(4, 5, strides=2, padding="same", activation="relu")(inputs)
    deep = layers.Conv1D(8, 5, strides=2, padding="same")(down)
    deep = layers.PReLU(shared_axes=[1])(layers.GroupNormalization(2)(deep))
    up = layers.Conv1DTranspose(4, 5, strides=2, padding="same")(deep)
    up = layers.Conv1DTranspose(1, 5, strides=2, padding="same")(layers.Add()([up, down]))
    model = keras.Model(inputs, layers.Subtract()([inputs, up]))

    def signal_to_noise(y_true, y_pred):
        noise = ops.sum((y_true - y_pred) ** 2, 1)
        return 10 * ops.log10(ops.sum(y_true**2, 1) / (noise + 1e-6))

    model.compile(keras.optimizers.Adafactor(1e-2), "log_cosh", metrics=[signal_to_noise])
    return model, {"x": NoisyWaves(x), "epochs": 3}


class MarginSoftmax(layers.Layer):
    """Angles to one direction for each speaker; the right one has to be nearer by a margin."""

    def __init__(self, speakers, **more):
        super().__init__(**more)
        self.speakers = speakers
        self.margin = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def build(self, shapes):
        self.directions = self.add_weight(shape=(shapes[0][-1], self.speakers))

    def call(self, inputs):
        code, speaker = inputs
        nearness = ops.matmul(ops.normalize(code), ops.normalize(self.directions, axis=0))
        return 8 * (nearness - self.margin * ops.one_hot(speaker, self.speakers))


class WideningMargin(keras.callbacks.Callback):
    """A little more with every batch, up to a limit."""

    def on_train_batch_end(self, batch, logs=None):
        margin = self.model.get_layer("speakers").margin
        margin.assign(ops.minimum(margin + 0.02, 0.3))


@field_model("dict of arrays, margin that a callback widens by the batch", EVERYWHERE)
def speakers_by_angular_margin():
    x, y = waves()
    wave, speaker = keras.Input((64,), name="wave"), keras.Input((), dtype="int32", name="speaker")
    hidden = layers.Conv1D(6, 8, strides=4, activation="relu")(layers.Reshape((64, 1))(wave))
    statistics = layers.Concatenate()(
        [layers.GlobalAveragePooling1D()(hidden), layers.GlobalMaxPooling1D()(hidden)]
    )
    code = layers.UnitNormalization()(layers.Dense(4)(statistics))
    logits = MarginSoftmax(3, name="speakers")([code, speaker])
    model = keras.Model({"wave": wave, "speaker": speaker}, logits)
    model.compile(
        keras.optimizers.SGD(keras.optimizers.schedules.PolynomialDecay(0.1, 24), momentum=0.9),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model, {
        "x": {"wave": x, "speaker": y},
        "y": y,
        "batch_size": 8,
        "epochs": 3,
        "callbacks": [WideningMargin()],
    }


@field_model("two shuffled tf.data mixed by drawn shares")
def scenes_by_mixed_up_sounds():
    def mix(one, other):
        (x, y), (more, also) = one, other
        share = tf.random.gamma((tf.shape(x)[0], 2), 0.4, seed=6)
        share = (share / (tf.reduce_sum(share, 1, keepdims=True) + 1e-9))[:, :1]
        return share * x + (1 - share) * more, share * y + (1 - share) * also

    x, y = waves()
    rows = tf.data.Dataset.from_tensor_slices((x, np.eye(3, dtype="float32")[y]))
    pairs = [rows.shuffle(64, seed=seed).batch(8) for seed in (1, 2)]
    model = keras.Sequential(
        [
            layers.Reshape((16, 4)),
            layers.Bidirectional(layers.GRU(6, recurrent_dropout=0.1, dropout=0.1)),
            layers.Dense(3, "softmax"),
        ]
    )
    model.compile(
        keras.optimizers.Lamb(1e-2),
        "kl_divergence",
        metrics=["categorical_accuracy", "cosine_similarity"],
    )
    slower = keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=0.05)
    return model, {"x": tf.data.Dataset.zip(*pairs).map(mix), "epochs": 4, "callbacks": [slower]}
