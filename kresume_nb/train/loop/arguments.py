"""The arguments of `fit`, checked before anything is built or written."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from typing import Any

import keras
import numpy as np

from kresume_nb.errors import ArgumentError, ModelNotReadyError
from kresume_nb.train.keras_compat import keras_versions
from kresume_nb.train.state import all_callbacks

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
        UnsupportedKerasError: if this version of Keras lacks what is needed.
    """
    keras_versions.check()
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
    if not _whole(epochs) or epochs < 0:
        raise ArgumentError(f"epochs={epochs!r} cannot be used. Expected a whole number from 0.")
    _check_steps(steps_per_epoch)
    _check_strategy(model)
    if seed is not None and (not _whole(seed) or not 0 <= seed < 2**32):
        raise ArgumentError(f"seed={seed!r} cannot be used. Expected 0 to 2**32 - 1, or None.")
    if not (resume in ("ask", "auto", "never") or (_whole(resume) and resume >= 0)):
        raise ArgumentError(
            f"resume={resume!r} cannot be used. Expected 'ask', 'auto', 'never', or a number of "
            "epochs from 0."
        )
    _check_callbacks(callbacks)


def _check_callbacks(callbacks: list[Any]) -> None:
    for callback in all_callbacks.each(callbacks):
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


def _check_steps(steps_per_epoch: Any) -> None:
    if steps_per_epoch is not None and not (_whole(steps_per_epoch) and steps_per_epoch > 0):
        raise ArgumentError(
            f"steps_per_epoch={steps_per_epoch!r} cannot be used. Expected a whole number from 1."
        )


def _check_strategy(model: keras.Model) -> None:
    """`tf.distribute` is asked for by making the model within its scope; Keras keeps the strategy."""
    if keras.backend.backend() != "tensorflow":
        return
    name = type(model.distribute_strategy).__name__
    if name != "_DefaultDistributionStrategy":
        raise ArgumentError(
            f"kr.fit does not resume training under tf.distribute yet. Received: a model made in the "
            f"scope of {name}. Make it outside of that scope, or use model.fit."
        )


def whole(value: Any) -> Any:
    """The argument, a NumPy integer as Python's: what is written down knows no other."""
    return int(value) if isinstance(value, np.integer) else value


def limited(epochs: int, steps_per_epoch: int | None) -> tuple[int, int | None]:
    """Both, capped as `keras.config.set_max_epochs` and `set_max_steps_per_epoch` say, with a warning."""
    most_epochs, most_steps = (
        getattr(keras.config, name, _nothing)() for name in ("max_epochs", "max_steps_per_epoch")
    )
    if most_epochs and most_epochs < epochs:
        warnings.warn(f"Limiting epochs to {most_epochs}", stacklevel=4)
        epochs = most_epochs
    if most_steps and (not steps_per_epoch or most_steps < steps_per_epoch):
        warnings.warn(f"Limiting steps_per_epoch to {most_steps}", stacklevel=4)
        steps_per_epoch = most_steps
    return epochs, steps_per_epoch


def _nothing() -> None:
    """Of a Keras that knows no such limit."""


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
