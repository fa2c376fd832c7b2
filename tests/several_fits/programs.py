"""Programs that call `kr.fit` several times, as people write them; each is one cell or one script.

A program is a function of `fit`, which is `kr.fit` with the arguments that a test adds. It returns
what it has learnt: Histories by call. Random numbers are seeded once, at its beginning, so that each
model is made from what the training before it left of the random streams.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers

Fit = Callable[..., keras.callbacks.History]
Told = list[dict[str, list[float]]]

NUMBERS = np.random.default_rng(0)
X = NUMBERS.normal(size=(24, 4)).astype("float32")
Y = (X.sum(1, keepdims=True) > 0).astype("float32")


def net(rate: float = 0.01, seed: int | None = None) -> keras.Model:
    model = keras.Sequential(
        [
            layers.Input((4,)),
            layers.Dense(6, "relu"),
            layers.Dropout(0.3, seed=seed),
            layers.Dense(1, "sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(rate), "binary_crossentropy", run_eagerly=True)
    return model


def search(fit: Fit) -> Told:
    """Four rates, a fresh model each."""
    return [
        fit(net(rate), X, Y, batch_size=8, epochs=3).history for rate in (0.1, 0.01, 0.003, 0.001)
    ]


def named_search(fit: Fit) -> Told:
    """The same, each under a name of its own."""
    return [
        fit(net(rate), X, Y, batch_size=8, epochs=3, run=f"rate {rate}").history
        for rate in (0.1, 0.01, 0.003)
    ]


def folds(fit: Fit) -> Told:
    """Cross-validation, in a function, with numbers of its own between the folds."""

    def fold(number: int) -> dict[str, list[float]]:
        held = np.arange(len(X)) % 3 == number
        noise = np.random.normal(size=X.shape).astype("float32") * 0.01 * random.random()
        return fit(
            net(),
            (X + noise)[~held],
            Y[~held],
            validation_data=(X[held], Y[held]),
            batch_size=8,
            epochs=3,
            callbacks=[keras.callbacks.EarlyStopping(patience=1, restore_best_weights=True)],
        ).history

    return [fold(number) for number in range(3)]


def phases(fit: Fit) -> Told:
    """One model: head first, then all of it, compiled anew, with more epochs, then once more."""
    model = net(0.01)
    model.layers[0].trainable = False
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", run_eagerly=True)
    told = [fit(model, X, Y, batch_size=8, epochs=2).history]
    model.layers[0].trainable = True
    model.compile(keras.optimizers.Adam(0.001), "binary_crossentropy", run_eagerly=True)
    told.append(fit(model, X, Y, batch_size=8, epochs=4).history)
    told.append(fit(model, X, Y, batch_size=8, epochs=4).history)
    return told


def alternating(fit: Fit) -> Told:
    """Two models in turn, one epoch each, as adversarial training is often written."""
    maker = keras.Sequential([layers.Input((4,)), layers.Dense(4)])
    maker.compile("sgd", "mse", run_eagerly=True)
    critic = net()
    told = []
    for _ in range(3):
        made = maker(X)
        both = np.concatenate([X, keras.ops.convert_to_numpy(made)])
        label = np.concatenate([np.ones((24, 1)), np.zeros((24, 1))]).astype("float32")
        told.append(fit(critic, both, label, batch_size=16, epochs=1, run="critic").history)
        told.append(fit(maker, X, X * 2, batch_size=8, epochs=1, run="maker").history)
    return told


def nested(fit: Fit) -> Told:
    """Two loops, one class, and a model that outlives its loop."""
    told = []
    shared = net(0.02)
    for rate in (0.1, 0.01):
        told += [fit(net(rate), X, Y, batch_size=12, epochs=2).history for _ in range(2)]
        told.append(fit(shared, X, Y, batch_size=12, epochs=2).history)
    return told


def teacher_and_student(fit: Fit) -> Told:
    """The second learns from what the first has become."""
    teacher, student = net(0.05), net(0.01)
    told = [fit(teacher, X, Y, batch_size=8, epochs=3).history]
    soft = keras.ops.convert_to_numpy(teacher(X))
    told.append(fit(student, X, soft, batch_size=8, epochs=3).history)
    return told


def one_callback(fit: Fit) -> Told:
    """One object with a memory serves all trainings."""

    class Best(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.seen: list[float] = []

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.seen.append(float(logs["loss"]))

    best = Best()
    told = [
        fit(net(rate), X, Y, batch_size=8, epochs=2, callbacks=[best]).history
        for rate in (0.1, 0.01, 0.001)
    ]
    return [*told, {"seen": list(best.seen)}]


def threads(fit: Fit) -> Told:
    """Two trainings at once, each in a thread and under a name of its own."""
    told: dict[int, dict[str, list[float]]] = {}

    def train(number: int) -> None:
        model = models[number]
        told[number] = fit(
            model, X, Y, batch_size=8, epochs=3, run=f"thread {number}", seed=number
        ).history

    models = [net(0.01, seed=number) for number in range(2)]
    running = [threading.Thread(target=train, args=(number,)) for number in range(2)]
    for one in running:
        one.start()
    for one in running:
        one.join()
    return [told[0], told[1]]


PROGRAMS = {
    program.__name__: program
    for program in (
        search,
        named_search,
        folds,
        phases,
        alternating,
        nested,
        teacher_and_student,
        one_callback,
        threads,
    )
}
