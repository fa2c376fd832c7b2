"""Builds the resume report: what became of each piece of state, as findings.

What is put back says so itself where it can (callbacks, data sources); the rest is told here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from kresume_nb.run.records import Finding, Position

_STREAMS = {"python": "Python", "numpy": "NumPy", "keras": "Keras", "torch": "torch"}


@dataclass(frozen=True, slots=True)
class Rate:
    """Which learning rate a resume goes on with."""

    finding: Finding
    present: float | None
    """The notebook's, if that is to be used in place of the checkpoint's."""


def learning_rate(then: Any, now: Any, restored: float | None, seen: set[float]) -> Rate:
    """The checkpoint's learning rate, unless a person has set another since.

    Training changes the rate (a plateau, a scheduler), so a rate that the run has used is no sign
    of an edit: the cell may run again in the same kernel.

    Args:
        then, now: the optimizer's setting; a number, or anything else if it is a schedule.
        restored: the checkpoint's value; None if the optimizer's state is not put back.
        seen: rates that the run is known to have used.
    """
    if not isinstance(now, int | float) or isinstance(now, bool):
        detail = "a schedule, at the optimizer's iterations"
        return Rate(Finding(what="learning rate", verdict="exact", detail=detail), None)
    if restored is None:
        detail = f"{now:.6g}, the optimizer's present setting; its state begins anew"
        return Rate(Finding(what="learning rate", verdict="changed", detail=detail), None)
    known = {*seen, restored, *([float(then)] if isinstance(then, int | float) else [])}
    if any(np.float32(now) == np.float32(one) for one in known):
        detail = f"{restored:.6g}"
        return Rate(Finding(what="learning rate", verdict="exact", detail=detail), None)
    detail = f"{restored:.6g} in the checkpoint, {now:.6g} now; yours is used"
    return Rate(Finding(what="learning rate", verdict="changed", detail=detail), float(now))


def optimizer(model: keras.Model) -> Finding:
    """The optimizer's state, which was put back."""
    own = model.optimizer
    iterations = int(keras.ops.convert_to_numpy(own.iterations))
    detail = f"{type(own).__name__}, {iterations} iterations, {len(own.variables)} variables"
    return Finding(what="optimizer", verdict="exact", detail=detail)


def random_streams(state: Mapping[str, Any], lost: list[str]) -> list[Finding]:
    """The global random streams.

    Args:
        state: the checkpoint's.
        lost: what cannot be put back, in sentences.
    """
    put_back = ", ".join(
        _STREAMS.get(name, "TensorFlow") for name, one in state.items() if one is not None
    )
    found = [Finding(what="random streams", verdict="exact", detail=put_back)]
    return found + [Finding(what="random streams", verdict="lost", detail=one) for one in lost]


def history(rows: int, first: int, position: Position) -> Finding:
    """The epochs before.

    Args:
        rows: how many the journal holds.
        first: epochs that came before the first of them (`initial_epoch`).
    """
    wanted = position.epoch - first
    if rows == wanted:
        return Finding(what="History", verdict="exact", detail=f"{rows} epoch{'s' * (rows != 1)}")
    detail = f"the journal holds {rows} of the {wanted} epochs before the checkpoint"
    return Finding(what="History", verdict="lost", detail=detail)


def determinism(environment: Mapping[str, Any]) -> list[Finding]:
    """Whether the same operations give the same bits; on a CPU they do."""
    on_cpu = all(
        one.strip().startswith("cpu") for one in str(environment["device"]).lower().split(",")
    )
    cures = {
        "op determinism": "call tf.config.experimental.enable_op_determinism() first",
        "deterministic algorithms": "call torch.use_deterministic_algorithms(True) first",
        "xla_gpu_deterministic_ops": "set XLA_FLAGS=--xla_gpu_deterministic_ops=true",
    }
    return [
        Finding(
            what="operations",
            verdict="approximate",
            detail=f"bit equality not promised: {name} is off on {environment['device']}; {cure}",
        )
        for name, cure in cures.items()
        if environment["flags"].get(name) is False and not on_cpu
    ]


def self_check(state: Mapping[str, Any]) -> list[Finding]:
    """What the checkpoint says of itself: whether it was read back when it was made."""
    checked = state.get("checked")
    if checked is None:
        detail = (
            "made by a version that did not read its checkpoints back: what is called exact here was "
            "captured and put back, but not compared with what it was taken from"
        )
        return [Finding(what="self-check", verdict="approximate", detail=detail)]
    return [Finding(**one) for one in checked["failed"]]
