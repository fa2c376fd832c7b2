"""Words, letters and numbers one after the other."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from field_models.registry import EVERYWHERE, field_model
from field_models.synthetic import sentences
from keras import layers, ops


@field_model("array of strings, words looked up within the model")
def sentiment_from_raw_strings():
    texts, kind = sentences()
    words = layers.TextVectorization(32, output_sequence_length=8)
    words.adapt(texts)
    model = keras.Sequential(
        [
            keras.Input((), dtype="string"),
            words,
            layers.Embedding(32, 8, mask_zero=True),
            layers.Bidirectional(layers.LSTM(6, dropout=0.2)),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy", keras.metrics.AUC()])
    return model, {"x": np.array(texts, dtype=object), "y": kind, "batch_size": 8, "epochs": 3}


class CausalBlock(layers.Layer):
    """Each place looks back, then thinks."""

    def __init__(self, width, **more):
        super().__init__(**more)
        self.attention = layers.MultiHeadAttention(2, width // 2, dropout=0.1)
        self.thought = keras.Sequential([layers.Dense(2 * width, "gelu"), layers.Dense(width)])
        self.norms = [layers.LayerNormalization(), layers.LayerNormalization()]
        self.dropout = layers.Dropout(0.1)

    def call(self, inputs, training=False):
        seen = self.attention(inputs, inputs, use_causal_mask=True, training=training)
        inputs = self.norms[0](inputs + self.dropout(seen, training=training))
        return self.norms[1](inputs + self.thought(inputs))


class Writer(keras.callbacks.Callback):
    """Lets the model go on with a text, word by word, drawing from NumPy's stream."""

    def __init__(self, begin, count):
        super().__init__()
        self.begin, self.count, self.written = begin, count, []

    def on_epoch_end(self, epoch, logs=None):
        text = list(self.begin)
        for _ in range(self.count):
            odds = np.asarray(self.model(np.array([text[-8:]])))[0, -1].astype("float64")
            odds = np.exp(odds - odds.max())
            text.append(int(np.random.choice(len(odds), p=odds / odds.sum())))
        self.written.append(text)


@field_model("tf.data of token windows, a callback that writes")
def small_language_model():
    rng = np.random.default_rng(9)
    tokens = np.cumsum(rng.integers(1, 3, 600)) % 16
    inputs = keras.Input((None,), dtype="int32")
    hidden = layers.Embedding(16, 8)(inputs)
    hidden = CausalBlock(8)(CausalBlock(8)(hidden))
    model = keras.Model(inputs, layers.Dense(16)(hidden))
    model.compile(
        keras.optimizers.AdamW(keras.optimizers.schedules.ExponentialDecay(1e-2, 10, 0.9)),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    data = tf.data.Dataset.from_tensor_slices(tokens.astype("int32"))
    data = data.window(9, shift=8, drop_remainder=True).flat_map(lambda one: one.batch(9))
    data = data.map(lambda one: (one[:-1], one[1:])).shuffle(80, seed=4).batch(8)
    return model, {"x": data, "epochs": 3, "callbacks": [Writer([1, 2], 4)]}


@field_model("arrays of variable length, padded and masked", EVERYWHERE)
def adding_numbers_letter_by_letter():
    rng = np.random.default_rng(12)
    letters = "0123456789+ "
    pairs = rng.integers(0, 100, (64, 2))

    def code(text, length):
        return [letters.index(letter) for letter in text.ljust(length)]

    x = np.eye(12)[[code(f"{a}+{b}", 5) for a, b in pairs]]
    y = np.eye(12)[[code(str(a + b), 3) for a, b in pairs]]
    model = keras.Sequential(
        [
            keras.Input((5, 12)),
            layers.GRU(12, unroll=True),
            layers.RepeatVector(3),
            layers.GRU(12, return_sequences=True, unroll=True),
            layers.TimeDistributed(layers.Dense(12, activation="softmax")),
        ]
    )
    model.compile(keras.optimizers.Nadam(), "categorical_crossentropy", metrics=["accuracy"])
    return model, {"x": x, "y": y, "batch_size": 8, "epochs": 3, "validation_split": 0.125}


@field_model("tf.data of dicts from strings, teacher forcing, weights by mask")
def translator_with_attention():
    there, _ = sentences()
    back = ["[go] " + " ".join(reversed(text.split())) + " [end]" for text in there]
    source, target = (
        layers.TextVectorization(40, output_sequence_length=length, standardize=None)
        for length in (7, 10)
    )
    source.adapt(there)
    target.adapt(back)

    def pair(one, other):
        tokens = target(other)
        inputs = {"read": source(one), "written": tokens[:, :-1]}
        return inputs, tokens[:, 1:], tf.cast(tokens[:, 1:] != 0, tf.float32)

    read = keras.Input((7,), dtype="int64", name="read")
    written = keras.Input((9,), dtype="int64", name="written")
    seen, state = layers.GRU(8, return_sequences=True, return_state=True)(
        layers.Embedding(40, 8)(read)
    )
    hidden = layers.GRU(8, return_sequences=True)(
        layers.Embedding(40, 8)(written), initial_state=state
    )
    hidden = layers.Add()([hidden, layers.Attention(dropout=0.1)([hidden, seen])])
    model = keras.Model([read, written], layers.Dense(40)(hidden))
    model.compile(
        keras.optimizers.Adam(1e-2, global_clipnorm=1.0),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        weighted_metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
    )
    data = tf.data.Dataset.from_tensor_slices((there, back)).shuffle(64, seed=6).batch(8)
    data = data.map(pair, num_parallel_calls=tf.data.AUTOTUNE).cache().prefetch(2)
    return model, {"x": data, "epochs": 3}


@field_model("tf.data that masks at random, own train_step with two results")
def masked_words():
    rng = np.random.default_rng(15)
    tokens = np.cumsum(rng.integers(1, 3, (64, 10)), axis=1) % 14 + 1

    def hide(row):
        hidden = tf.random.uniform(tf.shape(row), seed=3) < 0.2
        return tf.where(hidden, 0, row), row, tf.cast(hidden, tf.float32)

    class Reader(keras.Model):
        def train_step(self, data):
            seen, truth, weight = data
            with tf.GradientTape() as tape:
                logits = self(seen, training=True)
                losses = keras.losses.sparse_categorical_crossentropy(truth, logits, True)
                loss = tf.math.divide_no_nan(tf.reduce_sum(losses * weight), tf.reduce_sum(weight))
            gradients = tape.gradient(loss, self.trainable_variables)
            self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
            guess = tf.argmax(logits, -1, truth.dtype)
            return {"loss": loss, "right": tf.reduce_mean(tf.cast(guess == truth, tf.float32))}

    inputs = keras.Input((10,), dtype="int32")
    hidden = layers.Embedding(15, 8)(inputs)
    hidden = layers.LayerNormalization()(layers.MultiHeadAttention(2, 4)(hidden, hidden) + hidden)
    model = Reader(inputs, layers.Dense(15)(layers.Dropout(0.1)(hidden)))
    model.compile("adam")
    data = tf.data.Dataset.from_tensor_slices(tokens.astype("int32")).map(hide)
    return model, {"x": data.shuffle(64, seed=2).batch(8), "epochs": 3}


class Adapter(layers.Layer):
    """A frozen layer, and beside it a narrow detour that is trained."""

    def __init__(self, inner, rank=2, **more):
        super().__init__(**more)
        self.inner, self.rank = inner, rank
        inner.trainable = False

    def build(self, shape):
        self.down = self.add_weight(shape=(shape[-1], self.rank), initializer="he_uniform")
        self.up = self.add_weight(shape=(self.rank, self.inner.units), initializer="zeros")

    def call(self, inputs):
        return self.inner(inputs) + ops.matmul(ops.matmul(inputs, self.down), self.up)


@field_model("arrays, frozen model with narrow adapters", EVERYWHERE)
def low_rank_adaptation():
    rng = np.random.default_rng(16)
    x = rng.integers(0, 12, (64, 6))
    y = (x.sum(1) % 2).astype("float32")
    inputs = keras.Input((6,), dtype="int32")
    embedding = layers.Embedding(12, 8)
    embedding.trainable = False
    hidden = layers.Flatten()(embedding(inputs))
    wide = layers.Dense(16, "relu")
    wide.build((None, 48))
    narrow = layers.Dense(1, "sigmoid")
    narrow.build((None, 16))
    hidden = layers.Dropout(0.1)(Adapter(wide)(hidden))
    model = keras.Model(inputs, Adapter(narrow)(hidden))
    embedding.enable_lora(2)
    model.compile(keras.optimizers.Adam(1e-2), "binary_crossentropy", metrics=["accuracy"])
    return model, {"x": x, "y": y, "batch_size": 8, "epochs": 3}
