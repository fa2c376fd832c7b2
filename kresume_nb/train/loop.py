"""Runs the epochs: one `fit` call each, ended as one `fit` would end."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import keras

from kresume_nb.train.control import StoppedFromPage
from kresume_nb.train.optimizers import finalisation_postponed
from kresume_nb.train.session import Session
from kresume_nb.train.sources.source import Source
from kresume_nb.train.sources.validation import Validation


def train(
    model: keras.Model,
    source: Source,
    session: Session,
    *,
    epochs: int,
    validation: Validation | None,
    arguments: dict[str, Any],
) -> None:
    """Trains from where the session stands to `epochs`, or until a callback or a page stops it.

    Args:
        validation: what to validate on.
        arguments: others of `fit`, the same for every epoch.
    """
    with suppress(StoppedFromPage), finalisation_postponed(model.optimizer):
        while session.position.epoch < epochs and not session.stopped:
            epoch = session.position.epoch
            more = {} if validation is None else {"validation_data": validation.feed()}
            with _end_expected(unknown=not source.length_known):
                model.fit(
                    **source.arguments(session.position),
                    initial_epoch=epoch,
                    epochs=epoch + 1,
                    shuffle=False,  # the order is in the data
                    callbacks=session,
                    verbose=0,  # the session has its own progress bar
                    **more,
                    **arguments,
                )
    session.restore()  # of a run that has nothing left to train
    if model.optimizer is not None and session.position.epoch > 0:
        model.optimizer.finalize_variable_values(model.trainable_weights)
    session.end()


@contextmanager
def _end_expected(*, unknown: bool) -> Iterator[None]:
    """Keeps Keras from warning that data ran out where its end is how an epoch's length is learnt."""
    if not unknown:
        yield
        return
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Your input ran out of data")
        yield
