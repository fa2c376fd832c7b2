"""What a run has to know of optimizers, whichever it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

from kresume_nb.train.keras_compat.keras_versions import public


@contextmanager
def finalisation_postponed(optimizer: keras.optimizers.Optimizer | None) -> Iterator[None]:
    """Keeps an optimizer from finalising the weights when a `fit` ends, until `finalise` does so.

    One with moving averages replaces the weights by them there, and so does one that wraps such a
    one (`LossScaleOptimizer`, `MultiOptimizer`, whose own `use_ema` says nothing). A `fit` that only
    finishes an epoch is not the end of training, nor is on JAX one that an exception ends.
    """
    if not isinstance(optimizer, keras.optimizers.Optimizer):
        yield
        return
    optimizer.finalize_variable_values = _nothing
    try:
        yield
    finally:
        del optimizer.finalize_variable_values


def finalise(model: keras.Model) -> None:
    """Lets the optimizer finalise the weights, as `fit` does when training has ended."""
    optimizer = model.optimizer
    if isinstance(optimizer, keras.optimizers.Optimizer):
        type(optimizer).finalize_variable_values(optimizer, model.trainable_weights)


def learning_rate(optimizer: keras.optimizers.Optimizer | None) -> float:
    """The rate that the next step uses; of several optimizers that of the first, NaN where none is."""
    while isinstance(optimizer, public("optimizers.MultiOptimizer")):
        inner = optimizer.optimizers
        optimizer = inner[0] if inner else None
    if optimizer is None:
        return float("nan")
    return float(keras.ops.convert_to_numpy(optimizer.learning_rate))


def steps_taken(optimizer: keras.optimizers.Optimizer | None) -> int:
    """How many steps a schedule has seen; where gradients are accumulated more than `iterations`."""
    if optimizer is None:
        return 0
    counter = optimizer.iterations
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    if getattr(inner, "gradient_accumulation_steps", None):
        counter = next((one for one in inner.variables if one.name == "iteration"), counter)
    return int(keras.ops.convert_to_numpy(counter))


def _nothing(_variables: Any) -> None:
    """In place of the optimizer's own method."""
