"""One training of the law tests: small, and full of state that a resume can get wrong."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np

import kresume_nb as kr
from kresume_nb.train import restore
from kresume_nb.train.arrays import ArraySource
from kresume_nb.train.opening import Opening
from kresume_nb.train.snapshot import all_variables

EPOCHS, BATCHES, BATCH = 5, 6, 16
SAMPLES = (BATCHES - 1) * BATCH + 7  # the last batch is not full


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


class Kill(keras.callbacks.Callback):
    """Kills its own process after a step, at once or when the checkpoint due by then is durable."""

    def __init__(self, after: int | str, settled: str | None) -> None:
        super().__init__()
        self.after, self.settled, self.steps = after, settled, 0

    def on_train_end(self, logs: Any = None) -> None:
        if self.after == "training":
            self._kill()

    def get_state(self) -> None:
        return None

    def set_state(self, state: None) -> None:
        pass

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.steps += 1
        if self.steps == self.after:
            self._kill()

    def _kill(self) -> None:
        deadline = time.monotonic() + 30
        while self.settled and not Path(self.settled).exists():
            if time.monotonic() > deadline:
                raise TimeoutError(self.settled)
            time.sleep(0.002)
        os.kill(os.getpid(), signal.SIGKILL)


def data() -> tuple[Any, Any]:
    numbers = np.random.default_rng(0)
    x = numbers.normal(size=(SAMPLES, 8)).astype("float32")
    return x, (x[:, :1] + 3 * numbers.normal(size=(SAMPLES, 1))).astype("float32")


def model(rate: str) -> keras.Model:
    inputs = keras.Input((8,))
    hidden = keras.layers.Dense(16, "relu")(inputs)
    hidden = keras.layers.BatchNormalization()(hidden)
    hidden = keras.layers.Dropout(0.4)(hidden)
    hidden = keras.layers.GaussianNoise(0.1)(hidden)
    network = keras.Model(inputs, keras.layers.Dense(1)(hidden))
    schedule = keras.optimizers.schedules.CosineDecay(0.02, EPOCHS * BATCHES)
    network.compile(
        keras.optimizers.Adam(schedule if rate == "schedule" else 0.02),
        "mse",
        metrics=["mae", keras.metrics.RootMeanSquaredError()],
    )
    return network


def callbacks(job: dict[str, Any]) -> list[Any]:
    chosen: list[Any] = [
        keras.callbacks.EarlyStopping(patience=job.get("patience", 3), restore_best_weights=True),
        keras.callbacks.ModelCheckpoint(job["best"], save_best_only=True),
        Counter(),
    ]
    if job["rate"] == "plateau":
        chosen.insert(0, keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=1, cooldown=1))
    return chosen


def forget(piece: str) -> None:
    """Breaks the restoration of one piece of state, to see the law notice."""
    put_back = restore.apply_model

    def without(told_by: str) -> Any:
        def apply_model(model: keras.Model, loaded: Any) -> None:
            fresh = {id(one): np.array(one) for one in all_variables(model)}
            put_back(model, loaded)
            for one in all_variables(model):
                if told_by in _told(model, one):
                    one.assign(fresh[id(one)])

        return apply_model

    if piece in ("weight", "batch statistic", "seed", "optimizer", "metric"):
        restore.apply_model = without(piece)
    elif piece == "callbacks":
        restore.apply_callbacks = lambda _states, _loaded: []
    elif piece == "random streams":
        restore.apply_random = lambda _loaded: None
    elif piece == "history":
        Opening.rows = property(lambda _opening: [])
    elif piece == "order of the batches":
        ArraySource.indices = _unseeded
    else:
        raise ValueError(piece)


_seeded = ArraySource.indices


def _unseeded(source: ArraySource, epoch: int, start: int, stop: int) -> Any:
    source.seed = 99
    return _seeded(source, epoch, start, stop)


def _told(model: keras.Model, variable: Any) -> str:
    if any(variable is one for one in model.optimizer.variables):
        return "optimizer"
    if any(variable is one for one in model.metrics_variables):
        return "metric"
    if "seed" in variable.path:
        return "seed"
    return "batch statistic" if "moving" in variable.path else "weight"


def train(job: dict[str, Any]) -> None:
    """Trains as the job says and writes down everything that an unbroken run must share."""
    if "forget" in job:
        forget(job["forget"])
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(job["seed"])
    network, (x, y), used = model(job["rate"]), data(), callbacks(job)
    killer = [Kill(job["kill"], job.get("settled"))] if job.get("kill") else []
    history = kr.fit(
        network,
        x,
        y,
        batch_size=BATCH,
        epochs=EPOCHS,
        verbose=0,
        callbacks=[*used, *killer],
        validation_data=(x[:40] + 1, y[:40]),
        run="law",
        folder=job["folder"],
        resume="auto",
        checkpoint=kr.Checkpointing(every_steps=job["every"], every_seconds=None),
    )
    (latest,) = kr.runs(job["folder"])
    steps = latest.steps
    result = {
        "history": history.history,
        "epochs": history.epoch,
        "rates": steps["learning_rate"],
        "steps": steps["step"],
        "step_loss": steps["loss"],
        "callbacks": [_plain(one) for one in used],
        "random": [random.random(), np.random.rand(), float(keras.random.normal(()))],
        "stopped": network.stop_training,
    }
    Path(job["out"]).with_suffix(".json").write_text(json.dumps(result, default=repr))
    variables = [*network.variables, *network.optimizer.variables, *network.metrics_variables]
    np.savez(job["out"], *[np.array(one) for one in variables])


def _plain(callback: Any) -> dict[str, Any]:
    hidden = {"_model", "params", "stream", "filepath"}
    return {name: _readable(value) for name, value in vars(callback).items() if name not in hidden}


def _readable(value: Any) -> Any:
    if isinstance(value, list) and value and isinstance(value[0], np.ndarray):
        return [one.tolist() for one in value]
    return value.__name__ if callable(value) else value
