"""Pictures: classes, pixels, boxes and rays."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from field_models.registry import EVERYWHERE, field_model
from field_models.synthetic import images
from keras import layers, ops


@field_model("arrays, validation split", EVERYWHERE)
def convnet_with_random_augmentation():
    x, y = images()
    model = keras.Sequential(
        [
            keras.Input((12, 12, 1)),
            layers.RandomFlip("horizontal"),
            layers.RandomRotation(0.1),
            layers.RandomContrast(0.2),
            layers.Conv2D(6, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.4),
            layers.Dense(4, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    stop = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    slower = keras.callbacks.ReduceLROnPlateau(patience=1)
    return model, {
        "x": x,
        "y": y,
        "batch_size": 8,
        "epochs": 3,
        "validation_split": 0.25,
        "callbacks": [stop, slower],
    }


@field_model("tf.data, seeded stateless augmentation")
def residual_net_in_mixed_precision():
    def block(inputs, filters):
        hidden = layers.Conv2D(filters, 3, padding="same")(inputs)
        hidden = layers.BatchNormalization()(hidden)
        hidden = layers.Activation("relu")(hidden)
        return layers.Add()([hidden, layers.Conv2D(filters, 1)(inputs)])

    def augment(number, example):
        picture, label = example
        number = tf.cast(number, tf.int32)
        return tf.image.stateless_random_brightness(picture, 0.2, seed=(number, 3)), label

    inputs = keras.Input((12, 12, 1))
    hidden = layers.GlobalAveragePooling2D()(block(block(inputs, 4), 8))
    outputs = layers.Dense(4, dtype="float32")(hidden)
    model = keras.Model(inputs, outputs)
    for layer in model.layers[1:-1]:
        layer.dtype_policy = "mixed_float16"
    schedule = keras.optimizers.schedules.CosineDecay(0.01, 24, warmup_target=0.02, warmup_steps=6)
    optimizer = keras.optimizers.SGD(schedule, momentum=0.9, nesterov=True, clipnorm=1.0)
    model.compile(
        keras.optimizers.LossScaleOptimizer(optimizer),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[keras.metrics.SparseTopKCategoricalAccuracy(2)],
    )
    data = tf.data.Dataset.from_tensor_slices(images()).shuffle(64, seed=5).enumerate()
    return model, {"x": data.map(augment).batch(8).prefetch(2), "epochs": 3}


class Patches(layers.Layer):
    """Cuts pictures into squares, and says where each was."""

    def __init__(self, side, width, **more):
        super().__init__(**more)
        self.side, self.width = side, width
        self.project = layers.Dense(width)

    def build(self, shape):
        self.count = (shape[1] // self.side) ** 2
        self.place = self.add_weight(shape=(self.count, self.width), initializer="normal")
        self.project.build((None, self.count, self.side**2 * shape[-1]))

    def call(self, pictures):
        patches = ops.image.extract_patches(pictures, self.side)
        return self.project(ops.reshape(patches, (-1, self.count, patches.shape[-1]))) + self.place


@field_model("arrays, one-hot labels", EVERYWHERE)
def vision_transformer():
    x, y = images()
    inputs = keras.Input((12, 12, 1))
    hidden = Patches(4, 8)(inputs)
    for _ in range(2):
        seen = layers.LayerNormalization()(hidden)
        hidden += layers.MultiHeadAttention(2, 4, dropout=0.1)(seen, seen)
        wide = layers.Dense(16, activation="gelu")(layers.LayerNormalization()(hidden))
        hidden += layers.Dense(8)(layers.Dropout(0.1)(wide))
    outputs = layers.Dense(4)(layers.GlobalAveragePooling1D()(hidden))
    model = keras.Model(inputs, outputs)
    model.compile(
        keras.optimizers.AdamW(1e-3, weight_decay=1e-4),
        keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
    )
    return model, {"x": x, "y": np.eye(4)[y], "batch_size": 8, "epochs": 3}


class CutOutBatches(keras.utils.PyDataset):
    """Pictures with a hole each; the order is drawn anew after each epoch."""

    def __init__(self, pictures, masks, **more):
        super().__init__(**more)
        self.pictures, self.masks = pictures, masks
        self.rng = np.random.default_rng(11)
        self.order = self.rng.permutation(len(pictures))

    def __len__(self):
        return len(self.pictures) // 8

    def __getitem__(self, number):
        rows = self.order[8 * number : 8 * number + 8]
        pictures = self.pictures[rows].copy()
        pictures[:, 2:4, 2:4] = 0
        return pictures, self.masks[rows]

    def on_epoch_end(self):
        self.order = self.rng.permutation(len(self.pictures))


@field_model("PyDataset that reorders itself", EVERYWHERE)
def u_net_for_masks():
    x, _ = images()
    inputs = keras.Input((12, 12, 1))
    first = layers.Conv2D(4, 3, padding="same", activation="relu")(inputs)
    second = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(first)
    second = layers.SpatialDropout2D(0.2)(second)
    up = layers.Concatenate()([layers.UpSampling2D()(second), first])
    model = keras.Model(inputs, layers.Conv2D(1, 1, activation="sigmoid")(up))
    dice = keras.losses.Dice()
    model.compile("rmsprop", dice, metrics=[keras.metrics.BinaryIoU(name="iou")])
    return model, {"x": CutOutBatches(x, (x > 0.5).astype("float32")), "epochs": 3}


@field_model("arrays, two outputs", EVERYWHERE)
def object_detector_with_two_heads():
    x, corner = images()
    boxes = np.stack([corner // 2, corner % 2], 1).astype("float32") * 0.5
    inputs = keras.Input((12, 12, 1))
    hidden = layers.Flatten()(layers.Conv2D(6, 3, 2, activation="relu")(inputs))
    outputs = {
        "kind": layers.Dense(4, name="kind")(hidden),
        "box": layers.Dense(2, name="box")(layers.GaussianNoise(0.05)(hidden)),
    }
    model = keras.Model(inputs, outputs)
    model.compile(
        keras.optimizers.Adam(gradient_accumulation_steps=3),
        {
            "kind": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            "box": keras.losses.Huber(),
        },
        loss_weights={"kind": 1.0, "box": 3.0},
        metrics={"box": ["mae"]},
    )
    return model, {"x": x, "y": {"kind": corner, "box": boxes}, "batch_size": 8, "epochs": 3}


@field_model("tf.data of rays, own train_step")
def radiance_field():
    """Rays through a coloured ball; density and colour come from encoded points along each."""
    rng = np.random.default_rng(6)
    origins = rng.normal(size=(96, 3)).astype("float32")
    colours = (np.abs(origins) / np.linalg.norm(origins, axis=1, keepdims=True)).astype("float32")

    class Field(keras.Model):
        def __init__(self, net):
            super().__init__()
            self.net = net
            self.loss_tracker = keras.metrics.Mean(name="loss")
            self.noise_metric = keras.metrics.Mean(name="psnr")

        @property
        def metrics(self):
            return [self.loss_tracker, self.noise_metric]

        def render(self, rays):
            depth = tf.linspace(0.1, 1.0, 6)[None, :, None]
            depth += tf.random.stateless_uniform(tf.shape(rays)[:1], (1, 2))[:, None, None] * 0.1
            points = rays[:, None] * (1 - depth)
            waves = [f(2.0**k * points) for k in range(3) for f in (tf.sin, tf.cos)]
            raw = self.net(tf.reshape(tf.concat([points, *waves], -1), (-1, 21)))
            raw = tf.reshape(raw, (-1, 6, 4))
            opacity = 1 - tf.exp(-tf.nn.relu(raw[..., 3:]))
            light = tf.math.cumprod(1 - opacity + 1e-9, axis=1, exclusive=True)
            return tf.reduce_sum(opacity * light * tf.sigmoid(raw[..., :3]), 1)

        def train_step(self, data):
            rays, colour = data
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((self.render(rays) - colour) ** 2)
            weights = self.net.trainable_variables
            self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
            self.loss_tracker.update_state(loss)
            self.noise_metric.update_state(-10 * tf.math.log(loss) / tf.math.log(10.0))
            return {metric.name: metric.result() for metric in self.metrics}

    net = keras.Sequential([keras.Input((21,)), layers.Dense(16, "relu"), layers.Dense(4)])
    model = Field(net)
    model.compile(keras.optimizers.Adam(1e-2))
    data = tf.data.Dataset.from_tensor_slices((origins, colours)).shuffle(96, seed=2)
    return model, {"x": data.batch(12, drop_remainder=True), "epochs": 3}
