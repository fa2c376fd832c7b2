"""Training in several calls of `fit`, or with parts that are frozen and thawed."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from field_models.registry import EVERYWHERE, field_model
from field_models.synthetic import images, table
from keras import layers, ops


def _base():
    return keras.Sequential(
        [layers.Conv2D(4, 3, 2, activation="relu"), layers.BatchNormalization(), layers.Flatten()],
        name="base",
    )


class Thaw(keras.callbacks.Callback):
    """Thaws the base as training begins, and freezes one more of its layers with every epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        self.model.get_layer("base").trainable = True
        for number, layer in enumerate(self.model.get_layer("base").layers):
            layer.trainable = number >= epoch
        self.model.make_train_function(force=True)


def _frozen_base_and_head():
    base = _base()
    base.trainable = False
    model = keras.Sequential([base, layers.Dropout(0.2), layers.Dense(4)])
    model.compile(
        keras.optimizers.Adam(1e-2),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


@field_model("arrays, model without input shape, base thawed by a callback, then frozen from below")
def thawed_then_frozen_from_below():
    x, y = images()
    model = _frozen_base_and_head()
    return model, {"x": x, "y": y, "batch_size": 8, "epochs": 4, "callbacks": [Thaw()]}


class FreezeAtFirst(keras.callbacks.Callback):
    """Sets flags before the layers have weights, of which some are of no consequence."""

    def on_train_begin(self, logs=None):
        base = self.model.get_layer("base")
        base.trainable = True
        for layer in base.layers[:2]:
            layer.trainable = False


@field_model("arrays, flags set as training begins, before the layers are built")
def frozen_before_it_is_built():
    x, y = images()
    model = _frozen_base_and_head()
    return model, {"x": x, "y": y, "batch_size": 8, "epochs": 3, "callbacks": [FreezeAtFirst()]}


@field_model(
    "arrays, feature extraction, then fine-tuning at a lower rate", EVERYWHERE, is_loop=True
)
def head_first_then_all(fit):
    x, y = images()
    base = _base()
    inputs = keras.Input((12, 12, 1))
    base.trainable = False
    outputs = layers.Dense(4)(layers.Dropout(0.2)(base(inputs, training=False)))
    model = keras.Model(inputs, outputs)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-2), loss, metrics=["accuracy"])
    fit(model, x, y, batch_size=8, epochs=2)
    base.trainable = True
    model.compile(keras.optimizers.Adam(1e-4), loss, metrics=["accuracy"])
    fit(model, x, y, batch_size=8, epochs=4, initial_epoch=2, validation_split=0.25)
    return model


class DropLess(keras.callbacks.Callback):
    """Less dropout with every epoch, from the first one on."""

    def on_epoch_begin(self, epoch, logs=None):
        for layer in self.model.layers:
            if isinstance(layer, layers.Dropout):
                layer.rate = 0.4 / (epoch + 1)
        self.model.make_train_function(force=True)


@field_model("arrays, rates that a callback sets before the first step too", EVERYWHERE)
def annealed_dropout():
    x, y = images()
    model = keras.Sequential(
        [
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(8, "relu"),
            layers.Dropout(0.5),
            layers.Dense(4),
        ]
    )
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model, {"x": x, "y": y, "batch_size": 8, "epochs": 3, "callbacks": [DropLess()]}


class Distiller(keras.Model):
    """A small student that heeds a large teacher, less and less."""

    def __init__(self, teacher, student):
        super().__init__()
        self.teacher, self.student = teacher, student
        self.teacher.trainable = False

    def compile(self, heed, heat, **more):
        super().compile(**more)
        self.heed, self.heat = heed, heat

    def call(self, inputs, training=False):
        return self.student(inputs, training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        hard = super().compute_loss(x, y, y_pred, sample_weight, training)
        said = ops.softmax(self.teacher(x, training=False) / self.heat)
        soft = keras.losses.kl_divergence(said, ops.softmax(y_pred / self.heat))
        return (1 - self.heed) * hard + self.heed * ops.mean(soft) * self.heat**2


class HeedLess(keras.callbacks.Callback):
    """A plain attribute that a compiled step would not see change, but for a new one."""

    def on_epoch_begin(self, epoch, logs=None):
        self.model.heed = 0.5 / (epoch + 1)
        self.model.make_train_function(force=True)


@field_model("arrays, teacher first, then a student that heeds it", EVERYWHERE, is_loop=True)
def distillation(fit):
    x, y = images()

    def net(width):
        return keras.Sequential(
            [layers.Flatten(), layers.Dense(width, "relu"), layers.Dropout(0.2), layers.Dense(4)]
        )

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    teacher = net(16)
    teacher.compile("adam", loss)
    fit(teacher, x, y, batch_size=8, epochs=2)
    model = Distiller(teacher, net(4))
    model.compile(0.5, 3.0, optimizer="adam", loss=loss, metrics=["accuracy"])
    fit(model, x, y, batch_size=8, epochs=3, callbacks=[HeedLess()])
    return model


@field_model("tf.data from a generator, weights pulled between tasks, six fits", is_loop=True)
def learning_to_learn(fit):
    rng = np.random.default_rng(71)
    model = keras.Sequential([keras.Input((1,)), layers.Dense(8, "tanh"), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.05), "mse")
    for task in range(6):
        height, phase = rng.uniform(0.5, 2), rng.uniform(0, 3)

        def rows(height=height, phase=phase, task=task):
            drawn = np.random.default_rng(task)
            for _ in range(24):
                x = drawn.uniform(-3, 3, 1).astype("float32")
                yield x, (height * np.sin(x + phase)).astype("float32")

        shapes = (tf.TensorSpec((1,)), tf.TensorSpec((1,)))
        data = tf.data.Dataset.from_generator(rows, output_signature=shapes).batch(4)
        before = model.get_weights()
        fit(model, data, epochs=1)
        pairs = zip(before, model.get_weights(), strict=True)
        model.set_weights([old + 0.3 * (new - old) for old, new in pairs])
    return model


@field_model(
    "growing arrays, what is least sure is labelled next, four fits", EVERYWHERE, is_loop=True
)
def active_learning(fit):
    columns, moved = table()
    x = np.stack([columns["age"] / 90, columns["rent"] / 1000], 1).astype("float32")
    model = keras.Sequential(
        [
            keras.Input((2,)),
            layers.Dense(8, "relu"),
            layers.Dropout(0.2),
            layers.Dense(1, "sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    known = list(range(16))
    for _ in range(4):
        stop = keras.callbacks.EarlyStopping("loss", patience=1)
        fit(model, x[known], moved[known][:, None], batch_size=4, epochs=2, callbacks=[stop])
        sure = np.abs(ops.convert_to_numpy(model(x, training=False))[:, 0] - 0.5)
        known += [row for row in np.argsort(sure, kind="stable") if row not in known][:8]
    return model


class SharedRotation(keras.utils.PyDataset):
    """Cycles through two tasks; says itself which epoch it is in."""

    def __init__(self, x, y, **more):
        super().__init__(**more)
        self.x, self.y, self.turn = x, y, 0

    def __len__(self):
        return 8

    def __getitem__(self, number):
        rows = slice(8 * number, 8 * number + 8)
        turned = np.rot90(self.x[rows], self.turn, axes=(1, 2)).copy()
        return turned, self.y[rows]

    def on_epoch_end(self):
        self.turn = (self.turn + 1) % 4


class TakeTurns(keras.callbacks.Callback):
    """All learn at first, then the trunk and the head in turns; what is small is pruned."""

    def __init__(self, share):
        super().__init__()
        self.share, self.pruned = share, []

    def on_epoch_begin(self, epoch, logs=None):
        for layer in self.model.layers:
            layer.trainable = not epoch or (layer.name == "head") == bool(epoch % 2)
        self.model.make_train_function(force=True)

    def on_epoch_end(self, epoch, logs=None):
        kernel = self.model.get_layer("trunk").kernel
        values = ops.convert_to_numpy(kernel).copy()
        limit = np.quantile(np.abs(values), self.share)
        self.pruned.append(int((np.abs(values) < limit).sum()))
        kernel.assign(np.where(np.abs(values) < limit, 0, values))


# Keras on JAX hands the optimizer's slots to whichever variables are trainable.
@field_model(
    "PyDataset that turns its pictures, layers take turns, small weights pruned",
    ("tensorflow", "torch"),
)
def pruned_in_turns():
    x, y = images()
    model = keras.Sequential(
        [
            keras.Input((12, 12, 1)),
            layers.Flatten(),
            layers.Dense(
                12, "relu", name="trunk", kernel_constraint=keras.constraints.MaxNorm(2.0)
            ),
            layers.Dropout(0.2),
            layers.Dense(4, name="head"),
        ]
    )
    model.compile(
        keras.optimizers.Adam(1e-2), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    return model, {"x": SharedRotation(x, y), "epochs": 4, "callbacks": [TakeTurns(0.2)]}


@field_model(
    "arrays, bfloat16, three steps an execution, averaged weights swapped in for validation"
)
def mixed_precision_in_long_executions():
    x, y = images()
    keep = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    try:
        model = keras.Sequential(
            [
                keras.Input((12, 12, 1)),
                layers.DepthwiseConv2D(3, depth_multiplier=3),
                layers.BatchNormalization(momentum=0.8),
                layers.Activation("silu"),
                layers.GlobalAveragePooling2D(),
                layers.GaussianNoise(0.05),
                layers.Dense(4, dtype="float32"),
            ]
        )
    finally:
        keras.mixed_precision.set_dtype_policy(keep)
    model.compile(
        keras.optimizers.SGD(0.05, momentum=0.9, use_ema=True, ema_momentum=0.9),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        steps_per_execution=3,
        jit_compile=False,
    )
    swap = keras.callbacks.SwapEMAWeights(swap_on_epoch=True)
    return model, {
        "x": x,
        "y": y,
        "batch_size": 8,
        "epochs": 3,
        "validation_data": (x[:16], y[:16]),
        "callbacks": [swap],
    }
