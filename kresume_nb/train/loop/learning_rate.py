"""Sets the learning rate of a training that runs, or says why it cannot be set."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np

from kresume_nb.train.keras_compat import keras_private


class Refusal(Exception):  # noqa: N818  # an answer to the page, not an error
    """Why a request is not carried out, in words for a person."""


def change(
    model: keras.Model, callbacks: Sequence[keras.callbacks.Callback], value: float | None
) -> str:
    """Sets the rate of the steps that follow. Call between steps, on the training thread.

    The rate is a variable of the optimizer, so checkpoints keep it.

    Returns:
        What it comes to, for a person: from what to what, and which callback will change it again.

    Raises:
        Refusal: if the value is no rate, or the optimizer's rate is not one number to be set.
    """
    optimizer = model.optimizer
    with np.errstate(over="ignore"):
        number = np.float32("nan" if value is None else value)
    if not (np.isfinite(number) and number > 0):
        raise Refusal(f"A learning rate is a number above 0 within float32. Received: {value}.")
    if optimizer is None:
        raise Refusal("The model was compiled without an optimizer, so it has no learning rate.")
    keras_private.sync(model)
    try:
        before = _rate(optimizer)
        optimizer.learning_rate = value
    except (AttributeError, TypeError):  # a schedule, a function, or several optimizers
        raise Refusal(_NOT_SETTABLE) from None
    return " ".join([f"From {before:g} to {_rate(optimizer):g}.", *_later(callbacks)])


_NOT_SETTABLE = (
    "This optimizer computes its learning rate (a schedule, a function, or several optimizers), so "
    "there is no number to set. To set it from here, compile the model with a number, as in "
    "Adam(learning_rate=0.001)."
)


def _rate(optimizer: keras.optimizers.Optimizer) -> float:
    return float(keras.ops.convert_to_numpy(optimizer.learning_rate))


def _later(callbacks: Sequence[keras.callbacks.Callback]) -> list[str]:
    """Which of Keras' callbacks will change the rate again, and when."""
    said = []
    for one in callbacks:
        if isinstance(one, keras.callbacks.LearningRateScheduler):
            said.append("LearningRateScheduler decides anew when the next epoch begins.")
        elif isinstance(one, keras.callbacks.ReduceLROnPlateau):
            said.append(f"ReduceLROnPlateau goes on from it when {one.monitor} stands still.")
    return said
