"""From a run folder to the point where training goes on.

Two steps. `find` opens checkpoints, newest first, and takes the first that is whole; nothing is
changed, in memory or on disk. `apply` puts its state into the model and the callbacks, after all
`on_train_begin` calls: Keras' own callbacks reset themselves there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kresume_nb.errors import CorruptCheckpointError
from kresume_nb.run import codec
from kresume_nb.run.reader import Candidate
from kresume_nb.run.records import Finding, Position
from kresume_nb.train.checkpoint.keras_file import Loaded
from kresume_nb.train.keras_compat.variables import assign
from kresume_nb.train.resume.assignment import Assignment
from kresume_nb.train.state import rng
from kresume_nb.train.state.all_callbacks import CallbackStates
from kresume_nb.train.state.encoding import Decoder
from kresume_nb.train.state.model_extras import ExtraModelState


@dataclass(frozen=True, slots=True)
class FoundCheckpoint:
    """A whole checkpoint, and what was passed over on the way to it."""

    loaded: Loaded
    position: Position
    skipped: list[Finding]


def find(candidates: Iterable[Candidate]) -> FoundCheckpoint | None:
    """The first checkpoint that is whole; None if there is none.

    Raises:
        NewerSchemaError: if a newer kresume_nb wrote it.
    """
    skipped: list[Finding] = []
    for candidate in candidates:
        try:
            loaded = Loaded(candidate.path)
            position = codec.decode(Position, loaded.state["position"])
        except (CorruptCheckpointError, KeyError) as error:
            detail = f"damaged, passed over ({error})"
            skipped.append(Finding(what=candidate.path.name, verdict="lost", detail=detail))
            continue
        return FoundCheckpoint(loaded, position, skipped)
    if skipped:
        raise CorruptCheckpointError(
            "No checkpoint of this run can be read: "
            + "; ".join(f"{one.what}: {one.detail}" for one in skipped)
            + ". The folder was left untouched. Pass resume='never' to begin a new run."
        )
    return None


def apply_model(plan: Assignment, loaded: Loaded) -> None:
    """Puts the variables' values back."""
    for variable, stored in plan.assignments:
        assign(variable, loaded.variable(stored))


def apply_callbacks(states: CallbackStates, loaded: Loaded, decoder: Decoder) -> list[Finding]:
    """Puts the callbacks' state back; says of each callback what became of it."""
    return states.restore(loaded.state["callbacks"], loaded.array, decoder)


def apply_beyond(beyond: ExtraModelState, loaded: Loaded, decoder: Decoder) -> list[Finding]:
    """Puts back what hangs on the model beyond Keras' lists of variables."""
    state = loaded.state.get("beyond")
    return [] if state is None else beyond.restore(state, decoder)


def apply_random(loaded: Loaded) -> None:
    """Puts the global random streams back."""
    rng.restore(Decoder(loaded.array).decode(loaded.state["random"]))


def lost_random(loaded: Loaded) -> list[str]:
    """What of the random streams cannot be put back in this process."""
    return rng.lost(Decoder(loaded.array).decode(loaded.state["random"]))


def unrecoverable(loaded: Loaded) -> list[Finding]:
    """What the training step drew at random from a state that nobody can read."""
    return [
        Finding(what="random numbers of the training step", verdict="approximate", detail=one)
        for one in loaded.state.get("unrecoverable", [])
    ]
