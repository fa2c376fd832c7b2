"""Gives back a training that was done before: nothing is trained, and nothing in its folder changes.

Model, optimizer, callbacks, data and random streams are put where the run had left them, so that
whatever follows is bit for bit what would have followed it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras

from kresume_nb.train.loop.fit_call import FitCall, say
from kresume_nb.train.loop.restore_data import restore_data
from kresume_nb.train.resume.opening import Opening
from kresume_nb.train.resume.restore import restore, restore_random
from kresume_nb.train.state.all_callbacks import CallbackStates
from kresume_nb.train.state.model_extras import ExtraModelState


def give_back(
    call: FitCall,
    opening: Opening,
    *,
    on_begin: Callable[[Path], None],
    on_end: Callable[[Path], None],
) -> keras.callbacks.History:
    """Puts everything where the run had left it, and returns its History.

    Args:
        call: which is that of the run.
        opening: compared with it.
        on_begin, on_end: called with the run folder, to show something.
    """
    model, loaded = call.model, opening.checkpoint.loaded
    states, extras = CallbackStates(call.callbacks), ExtraModelState(model)
    try:
        states.prepare(loaded.state["callbacks"], processes=opening.processes)
        decoder = restore_data(call, opening, states, extras)
        callbacks = keras.callbacks.CallbackList(
            list(call.callbacks),
            add_history=True,
            model=model,
            epochs=call.epochs,
            verbose=0,
            steps=call.source.batches,
        )
        on_begin(opening.run.path)
        callbacks.on_train_begin()
        restore(
            opening,
            model,
            call.facts,
            states=states,
            extras=extras,
            source=call.source,
            held=call.held(),
            data=decoder,
        )
        restore_random(loaded)
        model.stop_training = opening.stopped
        history = model.history  # the list's own
        history.epoch[:] = [row.epoch - 1 for row in opening.rows]
        history.history.clear()
        history.history.update(opening.run.fold.history())
        if model.optimizer is not None and opening.rows:
            model.optimizer.finalize_variable_values(model.trainable_weights)
        callbacks.on_train_end()
    finally:
        opening.close()
    say(
        f"kresume_nb: {opening.run.path.name} was done before and is not trained again "
        "(resume='never' trains it anew)."
    )
    on_end(opening.run.path)
    return history
