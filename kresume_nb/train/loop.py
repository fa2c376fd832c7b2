"""Runs the epochs: one `fit` call each, ended as one `fit` would end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

from kresume_nb.train.arrays import ArraySource
from kresume_nb.train.session import Session


def train(
    model: keras.Model,
    source: ArraySource,
    session: Session,
    *,
    epochs: int,
    validation: dict[str, Any],
) -> None:
    """Trains from where the session stands to `epochs`, or until a callback stops it.

    Args:
        validation: the arguments of `fit` that concern validation.
    """
    with _averaging_postponed(model.optimizer):
        while session.position.epoch < epochs and not session.stopped:
            epoch = session.position.epoch
            model.fit(
                **source.arguments(epoch, session.position.batch),
                initial_epoch=epoch,
                epochs=epoch + 1,
                shuffle=False,  # the order is in the data
                callbacks=session,
                verbose=0,  # the session has its own progress bar
                **validation,
            )
    session.restore()  # of a run that has nothing left to train
    if model.optimizer is not None and session.position.epoch > 0:
        model.optimizer.finalize_variable_values(model.trainable_weights)
    session.end()


@contextmanager
def _averaging_postponed(optimizer: keras.optimizers.Optimizer | None) -> Iterator[None]:
    """Keeps an optimizer with moving averages from replacing the weights after every epoch.

    `fit` does that when it ends; in a run of many `fit` calls only the last end counts.
    """
    if optimizer is None or not optimizer.use_ema:
        yield
        return
    optimizer.finalize_variable_values = _nothing
    try:
        yield
    finally:
        del optimizer.finalize_variable_values


def _nothing(_variables: Any) -> None:
    """In place of the optimizer's own method."""
