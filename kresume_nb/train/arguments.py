"""The arguments of `fit`, checked before anything is built or written."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import keras

from kresume_nb.errors import ArgumentError, ModelNotReadyError
from kresume_nb.train import callback_state

_BACKENDS = ("tensorflow", "jax", "torch")


def check(
    model: Any,
    *,
    epochs: Any,
    callbacks: list[Any],
    resume: Any,
    steps_per_epoch: Any,
    seed: Any,
) -> None:
    """Refuses a call that cannot be carried out.

    Raises:
        ArgumentError: naming the argument, what was received, and what was expected.
        ModelNotReadyError: if the model is not compiled.
    """
    if not isinstance(model, keras.Model):
        raise ArgumentError(
            f"kr.fit trains a Keras model. Received: model={type(model).__name__}. "
            "Expected a keras.Model, as in kr.fit(model, x, y)."
        )
    if not model.compiled:
        raise ModelNotReadyError(
            f"The model {model.name!r} is not compiled. Call model.compile(optimizer=…, loss=…) "
            "before kr.fit."
        )
    if keras.backend.backend() not in _BACKENDS:
        raise ArgumentError(
            f"This version resumes training on the backends {' and '.join(_BACKENDS)}. Received: "
            f"Keras with {keras.backend.backend()!r}. Set KERAS_BACKEND before importing keras, or "
            "use model.fit."
        )
    if not _whole(epochs) or epochs < 1:
        raise ArgumentError(f"epochs={epochs!r} cannot be used. Expected a whole number from 1.")
    _check_steps(model, steps_per_epoch)
    if seed is not None and (not _whole(seed) or not 0 <= seed < 2**32):
        raise ArgumentError(f"seed={seed!r} cannot be used. Expected 0 to 2**32 - 1, or None.")
    if not (resume in ("ask", "auto", "never") or (_whole(resume) and resume >= 0)):
        raise ArgumentError(
            f"resume={resume!r} cannot be used. Expected 'ask', 'auto', 'never', or a number of "
            "epochs from 0."
        )
    _check_callbacks(callbacks)


def _check_callbacks(callbacks: list[Any]) -> None:
    for callback in callback_state.each(callbacks):
        if isinstance(callback, keras.callbacks.TensorBoard) and not find_spec("tensorflow"):
            raise ArgumentError(
                "Keras' TensorBoard callback writes with TensorFlow, on every backend, and "
                "tensorflow is not installed. Install it (pip install tensorflow-cpu), or take "
                "TensorBoard out of the callbacks; kr.fit draws and keeps the curves by itself."
            )
        if isinstance(callback, keras.callbacks.BackupAndRestore):
            raise ArgumentError(
                "BackupAndRestore cannot be used with kr.fit, which resumes by itself: both would "
                "put weights back. Take it out of the callbacks."
            )


def _check_steps(model: keras.Model, steps_per_epoch: Any) -> None:
    if steps_per_epoch is not None and not (_whole(steps_per_epoch) and steps_per_epoch > 0):
        raise ArgumentError(
            f"steps_per_epoch={steps_per_epoch!r} cannot be used. Expected a whole number from 1."
        )
    if steps_per_epoch is not None and steps_per_epoch % model.steps_per_execution:
        raise ArgumentError(
            f"steps_per_epoch={steps_per_epoch} is no multiple of the model's steps_per_execution="
            f"{model.steps_per_execution}: Keras would train more steps than it counts. Pass a "
            "multiple."
        )


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
