"""One training of the law, in a process of its own (`tests/zygote.py` forks it)."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import warnings
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras  # imported before the fork, for all trainings
import numpy as np
import tensorflow as tf  # keras.utils.set_random_seed does so on every backend

if keras.backend.backend() == "torch":
    import torch
elif keras.backend.backend() == "jax":
    import jax.numpy  # noqa: F401

sys.path.insert(0, str(Path(__file__).parent))
import forgetting
from scenarios import EPOCHS, data
from scenarios.cells import Cell

import kresume_nb as kr

HIDDEN = {
    *("_model", "params", "stream", "filepath"),
    *("filename", "append_header", "log_dir"),
    *("_log_write_dir", "_train_dir", "_val_dir", "_batch_start_time", "_epoch_start_time"),
}
"""Attributes of callbacks that are not compared: places and times."""


class Kill(keras.callbacks.Callback):
    """Kills its own process after a step, at once or when the checkpoint due by then is durable."""

    def __init__(self, after: int | str, settled: str | None) -> None:
        super().__init__()
        self.after, self.settled = after, settled
        self.steps, self.first = 0, 0

    def on_train_end(self, logs: Any = None) -> None:
        if self.after == "training":
            self._kill()

    def get_state(self) -> None:
        return None

    def set_state(self, state: None) -> None:
        pass

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.first = batch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.steps += batch - self.first + 1
        if isinstance(self.after, int) and self.steps >= self.after:
            self._kill()

    def _kill(self) -> None:
        deadline = time.monotonic() + 300  # beside other work it can take long
        while self.settled and not Path(self.settled).exists():
            if time.monotonic() > deadline:
                raise TimeoutError(self.settled)
            time.sleep(0.002)
        os.kill(os.getpid(), signal.SIGKILL)


def run(job: dict[str, Any]) -> None:
    """Trains as the job says and writes down everything that an unbroken run must share."""
    if keras.backend.backend() == "tensorflow":
        tf.config.experimental.enable_op_determinism()
    elif keras.backend.backend() == "torch":
        torch.use_deterministic_algorithms(mode=True)
    keras.utils.set_random_seed(job["seed"])
    cell, place = Cell(**job["cell"]), Path(job["place"])
    source, model, callbacks = cell.entries
    network = model.make()
    if job["forget"]:
        forgetting.forget(job["forget"], network)
    arguments = source.make(data(full_batches=cell.needs_full_batches))
    used = callbacks.make(place)
    killer = [Kill(job["kill"], job["settled"])] if job["kill"] else []
    arguments |= {"epochs": EPOCHS, "verbose": 0, "callbacks": [*used, *killer]}
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        if job["by"] != "kresume" or not cell.shuffles:
            arguments["shuffle"] = False
        if job["by"] == "keras":
            history, ours = network.fit(**arguments), {}
        else:
            history = _train(network, place, job, arguments)
            ours = _steps(place)
    result = {
        "history": history.history,
        "epochs": history.epoch,
        **ours,
        "callbacks": [_plain(one) for one in used],
        "observed": [
            entry.observe(place, made) if entry.observe else None
            for entry, made in ((callbacks, used), (model, network))
        ],
        "random": _draws(),
        "stopped": network.stop_training,
        "told": [str(one.message) for one in told if "kresume_nb" in str(one.message)],
    }
    Path(job["out"]).with_suffix(".json").write_text(json.dumps(result, default=repr))
    np.savez(job["out"], *[np.array(keras.ops.convert_to_numpy(one)) for one in _all(network)])


def _train(network: keras.Model, place: Path, job: dict[str, Any], arguments: Any) -> Any:
    return kr.fit(
        network,
        **arguments,
        run="law",
        folder=place / "runs",
        resume="auto",
        checkpoint=kr.Checkpointing(every_steps=job["every"], every_seconds=None),
    )


def _steps(place: Path) -> dict[str, Any]:
    (latest,) = kr.runs(place / "runs")
    steps = latest.steps
    return {
        "rates": steps["learning_rate"],
        "steps": steps["step"],
        "step_loss": steps["loss"],
    }


def _all(network: keras.Model) -> list[Any]:
    optimizer = network.optimizer.variables if network.optimizer is not None else []
    return [*network.variables, *optimizer, *network.metrics_variables]


def _draws() -> list[float]:
    """The next numbers of every global random stream."""
    drawn = [random.random(), np.random.rand(), float(keras.random.normal(()))]
    drawn.append(float(tf.random.uniform(())))
    if keras.backend.backend() == "torch":
        drawn.append(float(torch.rand(())))
    return drawn


def _plain(callback: Any) -> dict[str, Any]:
    shown = {name: _readable(value) for name, value in vars(callback).items() if name not in HIDDEN}
    # What shows its place in memory, or its file, has no equality.
    odd = (" at 0x", "TextIOWrapper")
    return {name: one for name, one in shown.items() if not any(told in repr(one) for told in odd)}


def _readable(value: Any) -> Any:
    if isinstance(value, list) and value and isinstance(value[0], np.ndarray):
        return [one.tolist() for one in value]
    return getattr(value, "__name__", type(value).__name__) if callable(value) else value
