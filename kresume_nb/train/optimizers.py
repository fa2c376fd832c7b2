"""What a run of many `fit` calls has to know of optimizers, whichever it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras


@contextmanager
def finalisation_postponed(optimizer: keras.optimizers.Optimizer | None) -> Iterator[None]:
    """Keeps an optimizer from finalising the weights at the end of each `fit`.

    One with moving averages replaces the weights by them there, and so does one that wraps such a
    one (`LossScaleOptimizer`, `MultiOptimizer`, whose own `use_ema` says nothing). In a run of many
    `fit` calls only the last end counts, which `loop.train` sees to.
    """
    if optimizer is None:
        yield
        return
    optimizer.finalize_variable_values = _nothing
    try:
        yield
    finally:
        del optimizer.finalize_variable_values


def learning_rate(optimizer: keras.optimizers.Optimizer | None) -> float:
    """The rate that the next step uses; of several optimizers that of the first, NaN where none is."""
    while isinstance(optimizer, keras.optimizers.MultiOptimizer):
        inner = optimizer.optimizers
        optimizer = inner[0] if inner else None
    if optimizer is None:
        return float("nan")
    return float(keras.ops.convert_to_numpy(optimizer.learning_rate))


def _nothing(_variables: Any) -> None:
    """In place of the optimizer's own method."""
