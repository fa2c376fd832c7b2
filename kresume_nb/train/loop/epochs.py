"""Trains: one `fit` call to the end, or two where a resume begins within an epoch.

Keras counts an epoch's batches from its first, so the rest of a broken epoch is a `fit` of its own
(`Stream.arguments`).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import keras

from kresume_nb.train.keras_compat.optimizers import finalisation_postponed
from kresume_nb.train.loop.building import Building
from kresume_nb.train.loop.callback_list import ResumableCallbackList
from kresume_nb.train.loop.control import StoppedFromPage
from kresume_nb.train.sources.source import Source
from kresume_nb.train.sources.validation import Validation


def train(
    model: keras.Model,
    source: Source,
    session: ResumableCallbackList,
    *,
    epochs: int,
    validation: Validation | None,
    building: Building,
    arguments: dict[str, Any],
) -> None:
    """Trains from where the session stands to `epochs`, or until a callback or a page stops it.

    Args:
        validation: what to validate on.
        building: has built what `fit` builds.
        arguments: others of `fit`.
    """
    with suppress(StoppedFromPage), finalisation_postponed(model.optimizer):
        while session.position.epoch < epochs and not session.stopped:
            more = {} if validation is None else validation.arguments()
            # Of a generator that is at its end Keras' warning is due: it will not begin again.
            learning = not source.length_known and source.kind != "generator"
            with _end_expected(unknown=learning), building.within_fit():
                keras.Model.fit(  # one of the model's own has been carried out (`own_fit.py`)
                    model,
                    **source.arguments(session.position, epochs),
                    initial_epoch=session.position.epoch,
                    shuffle=False,  # the order is in the data
                    callbacks=session,
                    verbose=0,  # the session has its own progress bar
                    **more,
                    **arguments,
                )
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
