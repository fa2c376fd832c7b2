"""From a run folder to the point where training goes on.

Two steps. `find` opens checkpoints, newest first, and takes the first that is whole; nothing is
changed, in memory or on disk. `apply` puts its state into the model and the callbacks, after all
`on_train_begin` calls: Keras' own callbacks reset themselves there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import keras

from kresume_nb.errors import (
    ArchitectureChangedError,
    CorruptCheckpointError,
    DataChangedError,
)
from kresume_nb.run import codec
from kresume_nb.run.reader import Candidate
from kresume_nb.run.records import Finding, Position
from kresume_nb.train import rng
from kresume_nb.train.callback_state import CallbackStates, DecoderFactory
from kresume_nb.train.checkpoint_file import Loaded
from kresume_nb.train.plain import Decoder
from kresume_nb.train.snapshot import all_variables


@dataclass(frozen=True, slots=True)
class Found:
    """A whole checkpoint, and what was passed over on the way to it."""

    loaded: Loaded
    position: Position
    skipped: list[str]


def find(candidates: Iterable[Candidate]) -> Found | None:
    """The first checkpoint that is whole; None if there is none.

    Raises:
        NewerSchemaError: if a newer kresume_nb wrote it.
    """
    skipped: list[str] = []
    for candidate in candidates:
        try:
            loaded = Loaded(candidate.path)
            position = codec.decode(Position, loaded.state["position"])
        except (CorruptCheckpointError, KeyError) as error:
            skipped.append(f"{candidate.path.name} is damaged and was passed over ({error})")
            continue
        return Found(loaded, position, skipped)
    if skipped:
        raise CorruptCheckpointError(
            "No checkpoint of this run can be read: "
            + "; ".join(skipped)
            + ". The folder was left untouched. Pass resume='never' to begin a new run."
        )
    return None


def check_model(model: keras.Model, loaded: Loaded) -> None:
    """Compares the model's variables with the checkpoint's.

    Raises:
        ArchitectureChangedError: naming the first that differs.
    """
    present, saved = all_variables(model), loaded.state["variables"]
    for number in range(max(len(present), len(saved))):
        now = _present(present[number]) if number < len(present) else "nothing"
        then = _saved(saved[number]) if number < len(saved) else "nothing"
        if _bare(now) != _bare(then):
            raise ArchitectureChangedError(
                f"The model is not the one in {loaded.path}. Received, as variable {number + 1} of "
                f"{len(present)}: {now}. Expected, of {len(saved)}: {then}. Build the model as it "
                "was, or pass resume='never' to begin a new run. The folder was left untouched."
            )


def _present(variable: keras.Variable) -> str:
    shape = tuple(int(one) for one in variable.shape)
    return f"{variable.path} {shape} {keras.backend.standardize_dtype(variable.dtype)}"


def _saved(stored: dict[str, Any]) -> str:
    return f"{stored['path']} {tuple(stored['shape'])} {stored['dtype']}"


def _bare(described: str) -> str:
    """Without the path: Keras numbers names anew whenever a cell runs again."""
    return described.split(" ", 1)[1] if " " in described else described


def check_data(loaded: Loaded, facts: dict[str, Any]) -> list[str]:
    """Compares the data and its batches with the checkpoint's; returns the differences."""
    then = loaded.state["facts"]
    names = {
        "samples": "samples",
        "batch_size": "batch_size",
        "shuffle": "shuffle",
        "order": "version of the batch order",
    }
    found = [
        f"{label}: {then.get(name)!r} then, {facts.get(name)!r} now"
        for name, label in names.items()
        if then.get(name) != facts.get(name)
    ]
    saved = {one["name"]: one for one in then["data"]}
    for one in facts["data"]:
        old = saved.pop(one["name"], None)
        if old is None:
            found.append(f"{one['name']}: not there then")
        elif (old["shape"], old["dtype"]) != (one["shape"], one["dtype"]):
            found.append(
                f"{one['name']}: {old['dtype']}{tuple(old['shape'])} then, "
                f"{one['dtype']}{tuple(one['shape'])} now"
            )
        elif old["digest"] != one["digest"]:
            found.append(f"{one['name']}: other contents than then")
    found += [f"{name}: not there now" for name in saved]
    return found


def refuse_changed_data(loaded: Loaded, differences: list[str]) -> None:
    """Raises if the data differ: going on would be neither the old training nor a new one.

    Raises:
        DataChangedError: naming every difference.
    """
    if differences:
        raise DataChangedError(
            f"The training data is not that of {loaded.path}: {'; '.join(differences)}. Going on "
            "would not be the same training. Bring the data back, pass resume='never' to begin a "
            "new run, or resume=N to go on knowingly from after N epochs, as a fork. The folder "
            "was left untouched."
        )


def apply_model(model: keras.Model, loaded: Loaded) -> None:
    """Puts every variable's value back, in the model's own order (checked before)."""
    for variable, stored in zip(all_variables(model), loaded.state["variables"], strict=True):
        variable.assign(loaded.variable(stored))


def apply_callbacks(states: CallbackStates, loaded: Loaded) -> list[Finding]:
    """Puts the callbacks' state back; says of each callback what became of it."""
    return states.restore(loaded.state["callbacks"], DecoderFactory(loaded.array))


def apply_random(loaded: Loaded) -> None:
    """Puts the global random streams back."""
    rng.restore(Decoder(loaded.array).decode(loaded.state["random"]))
