"""Runs to lay side by side, written without training: epochs only, by the run writer."""

from __future__ import annotations

import contextlib
import io
import math
import os
import random
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from kresume_nb.run import layout, writer
from kresume_nb.run.reader import read_journal
from kresume_nb.run.records import (
    Cell,
    Checkpoint,
    DataArray,
    End,
    Epoch,
    Header,
    JournalEvent,
    Parent,
    Position,
    Start,
    Writer,
)

BATCHES = 60
PROCESS = Writer(pid=4242, host="staged", kernel=None, started=0.0)
SETUP = (
    Cell(id="imports", source="import keras\nimport kresume_nb as kr"),
    Cell(
        id="model",
        source="model = keras.Sequential([\n    keras.layers.Dense(64, 'relu'),\n"
        "    keras.layers.Dropout(0.3),\n    keras.layers.Dense(10),\n])\n"
        "model.compile('adam', 'sparse_categorical_crossentropy')",
    ),
)


@dataclass(frozen=True)
class Plan:
    """One run of a comparison."""

    base: str = "digits"
    epochs: int = 20
    asked: int | None = None
    metrics: tuple[str, ...] = ("loss", "accuracy")
    optimizer: str = "Adam"
    rate: float = 0.001
    speed: float = 5.0
    """How fast losses fall."""
    floor: float = 0.08
    batch_size: int = 32
    status: str = "finished"
    kills: tuple[int, ...] = ()
    """Epochs after which the kernel was killed; the run went on from there ten minutes later."""
    seconds: float = 3.0
    """Of an epoch."""
    fork_of: Path | None = None
    fork_at: int = 0
    setup: Sequence[Cell] = SETUP
    versions: Mapping[str, str] = field(default_factory=lambda: {"keras": "3.15.1"})
    seed: int = 7
    noise: float = 0.06
    every: int = 5
    """Epochs from a kept checkpoint to the next."""


def value(plan: Plan, metric: str, epoch: int, chance: random.Random) -> float:
    """Losses fall, the others rise; validation is a little worse."""
    share = epoch / 20
    noise = math.exp(plan.noise * chance.gauss(0, 1))
    worse = metric.startswith("val_")
    if "loss" in metric:
        over = 0.25 * max(0.0, share - 0.7) if worse else 0.0
        return (
            2.2 * math.exp(-plan.speed * share) + plan.floor * (1.5 if worse else 1) + over
        ) * noise
    return min(1.0, 1 - (0.9 * math.exp(-plan.speed * share) + plan.floor / 3) * noise)


def header(plan: Plan, name: str, created: float) -> Header:
    """What `kr.fit` writes first, with made-up values."""
    parent = None
    if plan.fork_of is not None:
        file = layout.checkpoint_name(_at(plan.fork_at))
        parent = Parent(run=plan.fork_of.name, checkpoint=file, epoch=plan.fork_at)
    optimizer = {
        "class_name": plan.optimizer,
        "config": {"name": plan.optimizer.lower(), "learning_rate": plan.rate},
    }
    return Header(
        name=name,
        base=plan.base,
        created=created,
        notebook="staged.ipynb",
        cell=Cell(id="train", source=f"kr.fit(model, x, y, epochs={plan.asked or plan.epochs})"),
        setup=list(plan.setup),
        fit={"epochs": plan.asked or plan.epochs, "batch_size": plan.batch_size, "shuffle": True},
        compile={"optimizer": optimizer, "loss": "sparse_categorical_crossentropy"},
        architecture="0" * 64,
        parameters=109_386,
        data=[DataArray(name="x", shape=[1920, 64], dtype="float32", digest="1" * 64)],
        samples=BATCHES * 32,
        batch_size=plan.batch_size,
        batches=BATCHES,
        seed=plan.seed,
        versions=dict(plan.versions),
        device="cpu:0",
        writer=replace(PROCESS, started=created),
        parent=parent,
    )


def _at(epochs: int) -> Position:
    return Position(epoch=epochs, batch=0, step=epochs * BATCHES)


def events(plan: Plan, began: float) -> Iterator[JournalEvent]:
    """What its journal says, from the start to the end."""
    chance = random.Random(plan.seed)
    asked = plan.asked or plan.epochs
    now = began

    def start(done: int, *, resumed: bool) -> Start:
        return Start(
            time=now, writer=replace(PROCESS, started=now), epochs=asked, batches=BATCHES,
            position=_at(done), resumed=resumed,
        )  # fmt: skip

    yield start(0, resumed=False)
    if plan.fork_of is not None:
        for row in read_journal(plan.fork_of, keep_steps=False).fold.rows[: plan.fork_at]:
            yield replace(row, inherited=True)
        yield start(plan.fork_at, resumed=False)
    for number in range(plan.fork_at + 1, plan.epochs + 1):
        now += plan.seconds
        names = [*plan.metrics, *(f"val_{name}" for name in plan.metrics)]
        logs = {name: value(plan, name, number, chance) for name in names}
        yield Epoch(
            time=now, epoch=number, step=number * BATCHES, logs=logs,
            learning_rate=plan.rate * 0.5 ** (number // 8), seconds=plan.seconds,
        )  # fmt: skip
        if number > plan.epochs - 4 or number % plan.every == 0:
            yield Checkpoint(
                time=now, file=layout.checkpoint_name(_at(number)), position=_at(number),
                bytes=2_345_678, seconds=0.05, monitor="val_loss", value=logs.get("val_loss"),
            )  # fmt: skip
        if number in plan.kills:
            now += 600.0
            yield start(number, resumed=True)
    if plan.status != "running":
        status: Any = plan.status
        yield End(time=now, status=status, position=_at(plan.epochs), reason="completed")


@contextlib.contextmanager
def told(folder: Path, plan: Plan, *, began: float = 1_760_000_000.0) -> Iterator[writer.RunWriter]:
    """A run folder of that plan, its process alive (its heart beats) within the context."""
    path = writer.new_folder(folder, plan.base)
    held = writer.RunWriter(path, writer.lock(path))
    held.write_header(header(plan, path.name, began))
    held.append(*events(plan, began))
    try:
        yield held
    finally:
        held.close()


def written(folder: Path, plan: Plan, *, began: float = 1_760_000_000.0) -> Path:
    """A run folder of that plan whose process is gone."""
    with told(folder, plan, began=began) as held:
        path = held.path
    long_ago = time.time() - 3600
    os.utime(path / layout.HEARTBEAT, (long_ago, long_ago))
    return path


LAYERS = (("conv2d", 0.9), ("dense", 0.5), ("dense_1", 0.2), ("dense_2", 0.05))
"""And how much each moves from an epoch to the next, at first."""


def with_weights(run: Path) -> Path:
    """Writes the checkpoint files that the run's journal names; the last has NaN and dead units."""
    chance = np.random.default_rng(3)
    weights = {name: chance.normal(size=(24, 16)).astype("float32") for name, _ in LAYERS}
    kept = read_journal(run, keep_steps=False).fold.checkpoints
    for number, one in enumerate(kept):
        content = io.BytesIO()
        with h5py.File(content, "w") as h5:
            for name, speed in LAYERS:
                weights[name] += (
                    speed * 0.5**number * chance.normal(size=(24, 16)).astype("float32")
                )
                kernel = weights[name].copy()
                if one is kept[-1] and name == "dense_2":
                    kernel[:, :3] = 0
                    kernel[0, 5] = np.nan
                h5[f"layers/{name}/vars/0"] = kernel
                h5[f"layers/{name}/vars/1"] = np.zeros(16, "float32")
        with zipfile.ZipFile(layout.checkpoint_path(run, one.file), "w") as archive:
            archive.writestr("config.json", "{}")
            archive.writestr("model.weights.h5", content.getvalue())
    return run


def family(folder: Path) -> list[Path]:
    """Three optimizers, one with other set-up cells; a fork, a fork of the fork, and a kill."""
    wide = replace(SETUP[1], source=SETUP[1].source.replace("Dense(64", "Dense(128"))
    adam = written(folder, Plan(base="adam", seed=1), began=1_760_000_000.0)
    sgd = written(
        folder,
        Plan(base="sgd", optimizer="SGD", rate=0.05, speed=3.2, batch_size=64, seed=2, kills=(7, 13),
             setup=[SETUP[0], wide], versions={"keras": "3.14.0"}),
        began=1_760_000_400.0,
    )  # fmt: skip
    rms = written(
        folder,
        Plan(base="rmsprop", optimizer="RMSprop", speed=4.2, seed=3, epochs=14, asked=20,
             status="interrupted"),
        began=1_760_000_900.0,
    )  # fmt: skip
    fork = written(
        folder,
        Plan(base="adam", rate=0.0002, speed=6.5, floor=0.05, fork_of=adam, fork_at=10, epochs=24,
             seed=4),
        began=1_760_001_400.0,
    )  # fmt: skip
    again = written(
        folder,
        Plan(base="adam", rate=0.0001, speed=7.5, floor=0.04, fork_of=fork, fork_at=20, epochs=30,
             seed=5),
        began=1_760_002_000.0,
    )  # fmt: skip
    return [adam, sgd, rms, fork, again]


def fifty(folder: Path, epochs: int = 60) -> list[Path]:
    """As many as can be told apart."""
    return [
        written(
            folder,
            Plan(base="sweep", epochs=epochs, seed=100 + number, rate=10 ** (-2 - number / 25),
                 speed=1.5 + number / 12, floor=0.05 + 0.004 * (number % 11), noise=0.04),
            began=1_760_010_000.0 + 1000 * number,
        )
        for number in range(50)
    ]  # fmt: skip
