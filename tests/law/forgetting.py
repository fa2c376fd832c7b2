"""Leaves a piece of state out of a resume, in this process, to see the law notice.

`test_pieces.py` names every piece, with a training where its loss shows. To add one, name it there
and break its restoration in `forget`.
"""

from __future__ import annotations

from typing import Any

import keras

from kresume_nb.train.resume import restore
from kresume_nb.train.resume.opening import Opening
from kresume_nb.train.sources.arrays import Arrays
from kresume_nb.train.sources.loader import Loader
from kresume_nb.train.sources.stream import Stream
from kresume_nb.train.sources.tf_data import TFData
from kresume_nb.train.sources.validation import Validation
from kresume_nb.train.state import model_extras, rng
from kresume_nb.train.state.all_callbacks import CallbackStates
from kresume_nb.train.state.data_object import DataObjectState
from kresume_nb.train.state.model_extras import ExtraModelState

VARIABLES = {
    "weight": "kernel",
    "batch statistic": "moving_",
    "seed": "seed_generator_state",
    "optimizer": "momentum",
    "iterations": "iteration",
    "moving average": "_average",
    "loss scale": "dynamic_scale",
    "accumulated gradient": "gradient_accumulator",
}
"""Pieces that are variables: what their paths contain."""


def forget(piece: str, model: keras.Model) -> None:
    """Breaks the restoration of one piece of state."""
    if piece in VARIABLES:
        _skip(lambda one: VARIABLES[piece] in one.path)
    elif piece == "metric":
        _skip(lambda one: any(one is total for total in model.metrics_variables))
    elif piece.startswith("stream of "):
        _skip_stream(piece.removeprefix("stream of "))
    else:
        owner, name, broken = BROKEN[piece]
        setattr(owner, name, broken)


_seeded = Arrays.indices


def _skip(is_meant: Any) -> None:
    def put_variables(assignment: Any, loaded: Any) -> None:
        skipped = [is_meant(variable) for variable, _ in assignment.assignments]
        assert any(skipped), "the model has no such variable"
        for (variable, stored), skip in zip(assignment.assignments, skipped, strict=True):
            if not skip:
                variable.assign(loaded.variable(stored))

    restore.put_variables = put_variables


def _skip_stream(name: str) -> None:
    all_streams = restore.random_streams

    def random_streams(loaded: Any) -> Any:
        # Made before, or Keras' generator would have no fresh state to go back to.
        keras.random.normal(())
        return {**all_streams(loaded), name: rng.capture()[name]}

    restore.random_streams = random_streams


def _unseeded(source: Arrays, epoch: int, start: int, stop: int) -> Any:
    source.seed = 99
    return _seeded(source, epoch, start, stop)


def _at_its_beginning(restore: Any) -> Any:
    """Data whose state is put back, all but where it was read up to."""

    def broken(source: Stream, state: Any, position: Any) -> None:
        restore(source, {**state, "read": 0}, position)

    return broken


BROKEN: dict[str, tuple[Any, str, Any]] = {
    "position in the data": (Stream, "restore", _at_its_beginning(Stream.restore)),
    "iterators of tf.data": (TFData, "restore", lambda _reader, _state: None),
    "order of a DataLoader": (Loader, "restore", lambda _reader, _state: None),
    "state of a PyDataset": (DataObjectState, "restore", lambda _own, _state: None),
    "iterators of the validation data": (Validation, "restore", lambda _data, _state: None),
    "callbacks": (CallbackStates, "restore", lambda *_: []),
    "history": (Opening, "rows", property(lambda _opening: [])),
    "that it was stopped": (Opening, "stopped", property(lambda _opening: False)),
    "order of the batches": (Arrays, "indices", _unseeded),
    "second optimizer": (ExtraModelState, "_fill", lambda *_: True),
    "untracked variable": (model_extras, "_assign", lambda *_: None),
    "plain attribute": (model_extras, "_put", lambda *_: None),
}
"""Pieces whose restoration is one name in one place: what to put there instead."""
