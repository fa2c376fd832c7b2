"""A training that gets SIGTERM at some moment, in a process of its own (`tests/zygote.py` forks it)."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras  # imported before the fork
import numpy as np
import tensorflow as tf  # noqa: F401

import kresume_nb as kr
from kresume_nb.train.checkpoint import keras_file

EPOCHS, BATCHES = 3, 4


class Terminates(keras.callbacks.Callback):
    """Sends SIGTERM at a moment: the hook's name, and how many times it was called by then."""

    def __init__(self, hook: str = "", times: int = 0, signals: int = 1) -> None:
        super().__init__()
        self.hook, self.times, self.signals = hook, times, signals

    def get_state(self) -> None:
        return None

    def set_state(self, state: None) -> None:
        pass

    def _called(self, hook: str) -> None:
        if hook == self.hook:
            self.times -= 1
            for _ in range(self.signals if self.times == 0 else 0):
                os.kill(os.getpid(), signal.SIGTERM)

    def on_train_begin(self, logs: Any = None) -> None:
        self._called("train_begin")

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._called("epoch_begin")

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._called("batch_begin")

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._called("batch_end")

    def on_test_begin(self, logs: Any = None) -> None:
        self._called("test_begin")

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        self._called("test_batch_end")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._called("epoch_end")

    def on_train_end(self, logs: Any = None) -> None:
        self._called("train_end")


def run(job: dict[str, Any]) -> None:
    """Trains. Keys: `place`, a folder; `moment`: `[hook, times, signals]` of `Terminates`, or
    `["writing", n]` for during the n-th write of a checkpoint; `handler`: what stands there before;
    `thread`: whether it trains in another than the main one; `out`; `log`.
    """
    os.chdir(job["place"])
    moment = job.get("moment") or [""]
    if moment[0] == "writing":
        during_write(moment[1])
        moment = [""]
    told: list[int] = []
    handlers = {
        "returns": lambda number, _: told.append(number),
        "exits": lambda *_: sys.exit(3),
        "ignored": signal.SIG_IGN,
    }
    if job.get("handler"):
        signal.signal(signal.SIGTERM, handlers[job["handler"]])
    keras.utils.set_random_seed(3)
    chance = np.random.default_rng(0)
    x, y = chance.random((8 * BATCHES, 4), "float32"), chance.random((8 * BATCHES, 1), "float32")
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dropout(0.3), keras.layers.Dense(1)]
    )
    model.compile("adam", "mse", run_eagerly=True)
    found: dict[str, Any] = {}

    def train() -> None:
        history = kr.fit(
            model,
            x,
            y,
            batch_size=8,
            epochs=EPOCHS,
            validation_data=(x, y),
            validation_batch_size=16,
            verbose=0,
            run="net",
            resume="auto",
            callbacks=[Terminates(*moment)],
            checkpoint=kr.Checkpointing(every_epochs=2, every_seconds=None),
        )
        found["history"] = history.history
        found["weights"] = [one.tolist() for one in model.get_weights()]

    if job.get("thread"):
        thread = threading.Thread(target=train)
        thread.start()
        thread.join()
    else:
        try:
            train()
        except SystemExit as exit_:  # what starts this process takes any error for a failure
            os._exit(int(str(exit_.code)))
    now = signal.getsignal(signal.SIGTERM)
    found["told"] = told
    found["put_back"] = now == (handlers.get(job.get("handler") or "") or signal.SIG_DFL)
    Path(job["out"]).write_text(json.dumps(found))


def during_write(number: int) -> None:
    real, count = keras_file.write, 0

    def write(*arguments: Any) -> int:
        nonlocal count
        count += 1
        if count == number:
            os.kill(os.getpid(), signal.SIGTERM)
        return real(*arguments)

    keras_file.write = write
