"""Trains one of the models in a process of its own (`tests/zygote.py` forks it)."""

from __future__ import annotations

import importlib
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras  # imported before the fork, for all trainings

if keras.backend.backend() == "torch":
    import torch  # noqa: F401
elif keras.backend.backend() == "jax":
    import jax.numpy  # noqa: F401

sys.path.insert(0, str(Path(__file__).parent.parent))
from field_models.registry import MODELS

from kresume_nb import Checkpointing, fit, load_run
from kresume_nb.check import trainee
from kresume_nb.check.collect import collect
from kresume_nb.check.job import Job, read_job

for module in sorted(Path(__file__).parent.glob("family_*.py")):
    importlib.import_module(f"field_models.{module.stem}")


def run(task: dict[str, Any]) -> None:
    """Trains as the job says, and writes the outcome."""
    job, model = read_job(task["job"]), MODELS[task["model"]]
    os.chdir(task["place"])
    trainee.prepare(job)
    if model.is_loop:
        _train_in_loop(job, model.make)
    else:
        trainee.train(job, *model.make())


def _train_in_loop(job: Job, make: Any) -> None:
    """Calls of `fit` follow each other; the kill counts the steps of all of them."""
    histories: list[Any] = []
    trained = 0

    def fit_as_told(network: Any, *given: Any, callbacks: Any = (), **named: Any) -> Any:
        nonlocal trained
        left = job.kill - trained
        killer = trainee.Killer(replace(job, kill=max(0, left)))
        history = fit(
            network,
            *given,
            **{"verbose": 0, **named},
            callbacks=[*callbacks, killer],
            run="check",
            folder=job.folder,
            resume="auto",
            show=False,
            checkpoint=Checkpointing(every_steps=job.every, every_seconds=None),
        )
        histories.append(history)
        trained += len(load_run(_folder(job, len(histories))).steps["step"])
        return history

    network = make(fit_as_told)
    left = collect(network, (), histories[-1], _folder(job, len(histories)))
    texts = {
        ("History", f"fit {number}"): repr([history.epoch, history.history])
        for number, history in enumerate(histories, 1)
    }
    replace(left, texts=left.texts | texts, steps=trained).write(Path(job.out))


def _folder(job: Job, number: int) -> Path:
    return Path(job.folder) / f"check-{number:03d}"
