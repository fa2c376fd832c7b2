"""In the process that trains: it is killed after a step, or writes down what the training left."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from kresume_nb._fit import fit
from kresume_nb.check.collect import collect
from kresume_nb.check.job import Job, read_job
from kresume_nb.train.checkpoint.policy import Checkpointing
from kresume_nb.train.state.all_callbacks import flat

_PATIENCE = 60.0
"""Seconds that a kill waits for a checkpoint to be durable."""


class Killer(keras.callbacks.Callback):
    """Kills its own process after a step of the run, once there is a checkpoint to go on from."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self._job = job
        self._steps = self._first = 0
        self._there: set[str] | None = None

    def get_state(self) -> int:
        return self._steps

    def set_state(self, state: int) -> None:
        self._steps = state

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._first = batch
        if self._there is None:
            self._there = self._files()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        before, self._steps = self._steps, self._steps + batch - self._first + 1
        if before < self._job.kill <= self._steps:
            self._wait(before)
            os.kill(os.getpid(), signal.SIGKILL)
        if before < self._job.stop <= self._steps:
            self.model.stop_training = True

    def _wait(self, trained: int) -> None:
        due = trained >= self._job.every
        until = time.monotonic() + _PATIENCE
        while due and time.monotonic() < until and not self._files() - (self._there or set()):
            time.sleep(0.01)

    def _files(self) -> set[str]:
        return {path.name for path in Path(self._job.folder).glob("*/checkpoints/*.keras")}


def train(job: Job, model: Any, arguments: dict[str, Any]) -> Any:
    """Carries out `kr.fit`, and writes the outcome; returns the History."""
    given = dict(arguments)
    own = flat(given.pop("callbacks", None))
    chosen = {
        "verbose": 0,
        "checkpoint": Checkpointing(every_steps=job.every, every_seconds=None),
        **given,
        "run": "check",
        "folder": job.folder,
        "resume": "auto",
        "show": False,
    }
    history = fit(model, **chosen, callbacks=[*own, Killer(job)])
    left = collect(model, own, history, Path(job.folder) / "check-001", job.ignore)
    left.write(Path(job.out))
    return history


def run(make: Callable[[], tuple[Any, dict[str, Any]]]) -> None:
    """Trains what a function makes, as the job says."""
    job = read_job(sys.argv[1])
    prepare(job)
    made = make()
    if not (isinstance(made, tuple) and len(made) == 2 and isinstance(made[1], dict)):
        raise TypeError(
            f"make() returned a {type(made).__name__}. Expected (model, arguments): a compiled model, "
            "and a dict of the arguments of kr.fit."
        )
    train(job, *made)


def prepare(job: Job) -> None:
    """Operations that give the same bits each time, and a seed."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
    elif backend == "torch":
        import torch

        torch.use_deterministic_algorithms(mode=True, warn_only=True)
    keras.utils.set_random_seed(job.seed)
