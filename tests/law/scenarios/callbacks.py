"""Callbacks, with counters, waits and files that a resume can get wrong.

An entry gets a folder for files and returns the callbacks of one training. All their attributes are
compared at the end, but for those in `trainee.HIDDEN`; `observe=` compares more (a file's text, for
example).
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import keras
import numpy as np

from scenarios import BATCHES, Registry

callbacks = Registry()


class Counter(keras.callbacks.Callback):
    """A callback of a user's: counters, a list, a dict that it shares, a random stream."""

    def __init__(self) -> None:
        super().__init__()
        self.epoch = -1
        self.batches = 0
        self.seen: list[tuple[int, int]] = []
        self.best: dict[str, float] = {}
        self.also_best = self.best
        self.stream = random.Random(5)
        self.draws: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.batches += 1
        self.seen.append((self.epoch, batch))
        self.draws.append(self.stream.random() + random.random() + np.random.rand())

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.also_best["loss"] = min(self.best.get("loss", 1e9), logs["loss"])


@callbacks.add()
def plateau(place: Path) -> list[Any]:
    """Falling rate, early stop, best weights on disk, and a callback of a user's."""
    return [
        keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=1, cooldown=1),
        *_stopping(place, patience=3),
    ]


@callbacks.add()
def everyday(place: Path) -> list[Any]:
    """The same without a change of the rate: for models with a schedule."""
    return _stopping(place, patience=3)


@callbacks.add(steps=2 * BATCHES)
def impatient(place: Path) -> list[Any]:
    """An early stop after a few epochs."""
    return _stopping(place, patience=1)


def _stopping(place: Path, patience: int) -> list[Any]:
    return [
        keras.callbacks.EarlyStopping(patience=patience, restore_best_weights=True),
        keras.callbacks.ModelCheckpoint(place / "best.keras", save_best_only=True),
        Counter(),
    ]
