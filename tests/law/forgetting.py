"""Leaves a piece of state out of a resume, to see the law notice.

`PIECES` names every piece that is captured, with the combination and the step where its loss shows.
To add one, name it there and break its restoration in `forget`.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from scenarios.cells import Cell

from kresume_nb.train import restore
from kresume_nb.train.opening import Opening
from kresume_nb.train.snapshot import all_variables
from kresume_nb.train.sources.arrays import Arrays

PIECES: dict[str, Cell] = {
    "weight": Cell(),
    "batch statistic": Cell(),
    "seed": Cell(),
    "optimizer": Cell(),
    "metric": Cell(),
    "callbacks": Cell(),
    "random streams": Cell(),
    "history": Cell(),
    "order of the batches": Cell(),
}


def forget(piece: str) -> None:
    """Breaks the restoration of one piece of state, in this process."""
    if piece in ("weight", "batch statistic", "seed", "optimizer", "metric"):
        restore.apply_model = _without(piece)
    elif piece == "callbacks":
        restore.apply_callbacks = lambda _states, _loaded: []
    elif piece == "random streams":
        restore.apply_random = lambda _loaded: None
    elif piece == "history":
        Opening.rows = property(lambda _opening: [])
    elif piece == "order of the batches":
        Arrays.indices = _unseeded
    else:
        raise ValueError(piece)


_put_back = restore.apply_model
_seeded = Arrays.indices


def _without(piece: str) -> Any:
    def apply_model(model: keras.Model, loaded: Any) -> None:
        fresh = {id(one): np.array(one) for one in all_variables(model)}
        _put_back(model, loaded)
        for one in all_variables(model):
            if piece in _told(model, one):
                one.assign(fresh[id(one)])

    return apply_model


def _unseeded(source: Arrays, epoch: int, start: int, stop: int) -> Any:
    source.seed = 99
    return _seeded(source, epoch, start, stop)


def _told(model: keras.Model, variable: Any) -> str:
    if any(variable is one for one in model.optimizer.variables):
        return "optimizer"
    if any(variable is one for one in model.metrics_variables):
        return "metric"
    if "seed" in variable.path:
        return "seed"
    return "batch statistic" if "moving" in variable.path else "weight"
