"""Puts the data where a checkpoint has them, before Keras asks them how much there is."""

from __future__ import annotations

from typing import Any

from kresume_nb.train.checkpoint.newest import FoundCheckpoint
from kresume_nb.train.checkpoint.snapshot import names_of
from kresume_nb.train.loop.fit_call import FitCall
from kresume_nb.train.resume.opening import Opening
from kresume_nb.train.state.all_callbacks import CallbackStates
from kresume_nb.train.state.encoding import Decoder
from kresume_nb.train.state.model_extras import ExtraModelState


def restore_data(
    call: FitCall, opening: Opening, states: CallbackStates, extras: ExtraModelState
) -> Decoder:
    """Puts the data where the checkpoint has them. Before Keras asks them how much there is.

    Returns:
        What decoded it, so that an object that others hold too stays one.
    """
    found = opening.checkpoint
    state = found.loaded.state
    names = names_of(states, extras, call.held(), state["callbacks"])
    decoder = Decoder(found.loaded.array, objects=state.get("objects"), live=names.object)
    _restore_data(call, found, decoder.decode(state.get("data")))
    return decoder


def _restore_data(call: FitCall, found: FoundCheckpoint, state: Any) -> None:
    same_kind = found.loaded.state["facts"].get("kind", "arrays") == call.source.kind
    if state is None or not same_kind:  # data in memory, of an older version; or a fork's own
        call.source.take_up(found.position)
        return
    call.source.restore(state["training"], found.position)
    if call.validation is not None and state["validation"] is not None:
        call.validation.restore(state["validation"])
