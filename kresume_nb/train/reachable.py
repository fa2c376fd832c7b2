"""Finds state that hangs on a model but is in none of Keras' lists of variables.

`model.variables`, `optimizer.variables` and `metrics_variables` hold what Keras tracks. What they
leave out (found with Keras 3.15): the states of stateful RNNs, optimizers besides the compiled one,
variables and metrics of losses, variables of the backend, buffers of torch modules, generators of
random numbers, and plain attributes of a person's own models, layers, losses and metrics.

The walk follows the attributes of Keras' objects and the containers in them, in the order in which
they were set; that depends on the code alone, so the same code finds the same things in every
process.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

_OBJECTS = (
    keras.Operation,  # models and layers
    keras.losses.Loss,
    keras.metrics.Metric,
    keras.optimizers.Optimizer,
    keras.optimizers.schedules.LearningRateSchedule,
    keras.random.SeedGenerator,
)
_CONTAINERS = (list, tuple, dict)
_OF_KERAS = ("built", "stop_training")
"""Public attributes that Keras sets while it trains."""
_PLAIN = (
    bool,
    int,
    float,
    str,
    type(None),
    random.Random,
    np.random.Generator,
    np.ndarray,
    list,
    dict,
    tuple,
)


@dataclass(slots=True)
class Reachable:
    """What was found, each by the path of attributes that leads to it from the model."""

    optimizers: dict[str, keras.optimizers.Optimizer] = field(default_factory=dict)
    """Besides the one that the model was compiled with."""
    variables: dict[str, Any] = field(default_factory=dict)
    """Keras' variables, and the backend's: what can be read as an array and be assigned to."""
    plain: dict[str, tuple[Any, str]] = field(default_factory=dict)
    """(object, attribute): what a person's own classes keep in plain values."""


def find(model: keras.Model) -> Reachable:
    """Looks at everything that hangs on the model."""
    found = Reachable()
    objects, kinds = _kinds()
    followed = (*_CONTAINERS, *objects, *kinds)
    listed = (
        *model.variables,
        *(model.optimizer.variables if model.optimizer is not None else ()),
        *model.metrics_variables,
    )
    # Of a Keras variable, the backend's counts as known too.
    seen = {id(one) for variable in listed for one in (variable, variable.value)}
    own = set(map(id, _optimizers(model)))
    waiting: deque[tuple[str, Any]] = deque([("model", model)])
    while waiting:
        path, one = waiting.popleft()
        if id(one) in seen:
            continue
        if isinstance(one, keras.optimizers.Optimizer) and id(one) not in own:
            found.optimizers[path] = one
            seen.update(id(variable) for variable in one.variables)
            own.update(map(id, _nested(one)))
        elif isinstance(one, kinds):
            found.variables[path] = one
            seen |= {id(one), id(one.value) if isinstance(one, keras.Variable) else id(one)}
            continue
        seen.add(id(one))
        waiting.extend(_below(path, one, followed))
        if _is_a_persons(one):
            for name, value in vars(one).items():
                if not name.startswith("_") and name not in _OF_KERAS and isinstance(value, _PLAIN):
                    found.plain[f"{path}.{name}"] = (one, name)
    return found


def _optimizers(model: keras.Model) -> list[Any]:
    return [] if model.optimizer is None else [model.optimizer, *_nested(model.optimizer)]


def _nested(optimizer: keras.optimizers.Optimizer) -> list[Any]:
    """The optimizers that one wraps; their variables are among its own."""
    inner = getattr(optimizer, "inner_optimizer", None)
    several = getattr(optimizer, "optimizers", ())
    return [*([] if inner is None else [inner]), *several]


def _below(path: str, one: Any, followed: tuple[type, ...]) -> Iterator[tuple[str, Any]]:
    items: Iterable[tuple[Any, Any]]
    if isinstance(one, dict):
        form, items = "[{!r}]", one.items()
    elif isinstance(one, (list, tuple)):
        form, items = "[{}]", enumerate(one)
    else:
        form, items = ".{}", vars(one).items()
    for name, value in items:
        if isinstance(value, followed):
            yield path + form.format(name), value


def _kinds() -> tuple[tuple[type, ...], tuple[type, ...]]:
    """Types of objects whose attributes are followed, and of variables, with this backend."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        return _OBJECTS, (keras.Variable, tf.Variable, tf.random.Generator)
    if backend == "torch":
        import torch

        # The parameters and buffers of a module are in dicts of its.
        return (*_OBJECTS, torch.nn.Module), (keras.Variable, torch.Tensor)
    return _OBJECTS, (keras.Variable,)


def _is_a_persons(one: Any) -> bool:
    """Whether it is an object of Keras' whose class somebody else wrote."""
    return isinstance(one, _OBJECTS) and not type(one).__module__.startswith("keras.")
