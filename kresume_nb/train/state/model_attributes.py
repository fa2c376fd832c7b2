"""Finds state that hangs on a model but is in none of Keras' lists of variables.

`model.variables`, `optimizer.variables` and `metrics_variables` hold what Keras tracks. What they
leave out (found with Keras 3.15): the states of stateful RNNs, optimizers besides the compiled one,
variables and metrics of losses, variables of the backend, buffers of torch modules, generators of
random numbers, and plain attributes of models, layers, losses, metrics, optimizers and schedules:
of Keras' own classes the public ones, of a person's all but those that Keras uses itself.

The walk follows the attributes of Keras' objects and the containers in them, in the order in which
they were set; that depends on the code alone, so the same code finds the same things in every
process.
"""

from __future__ import annotations

import functools
import inspect
import random
import types
from collections import deque
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

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
_OF_KERAS = frozenset(
    {
        *("built", "compiled", "stop_training", "stop_evaluating", "stop_predicting"),
        *("train_function", "test_function", "predict_function"),
    }
)
"""Public attributes that Keras sets while it trains."""
_LIBRARIES = ("keras.", "tensorflow.", "torch.", "jax.")
_SET_BY_LIBRARIES = frozenset(
    {
        *("_modules", "_parameters", "_buffers", "_non_persistent_buffers_set", "training"),
        *("_backward_hooks", "_backward_pre_hooks", "_forward_hooks", "_forward_pre_hooks"),
        *("_auto_config", "_auto_track_sub_layers", "_lock", "_tracker", "_setattr_tracking"),
    }
)
"""Attributes that other code than the classes' own sets, or for a moment only."""
_LOSSES = "_losses"
"""Where layers of Keras keep what `add_loss` was given, for one step: on torch, tensors."""
_PLAIN = (
    bool,
    int,
    float,
    str,
    type(None),
    bytes,
    random.Random,
    np.random.Generator,
    np.random.RandomState,
    np.ndarray,
    np.generic,
    bytearray,
    list,
    dict,
    tuple,
    set,
    frozenset,
    deque,
)


@dataclass(slots=True)
class Reachable:
    """What was found, each by the path of attributes that leads to it from the model."""

    optimizers: dict[str, keras.optimizers.Optimizer] = field(default_factory=dict)
    """Besides the one that the model was compiled with."""
    variables: dict[str, Any] = field(default_factory=dict)
    """Keras' variables, and the backend's: what can be read as an array and be assigned to."""
    plain: dict[str, tuple[Any, str]] = field(default_factory=dict)
    """(object, attribute): what is kept in plain values."""
    layers: dict[str, keras.Layer] = field(default_factory=dict)
    """Parents before children; the model is one."""


def find(model: keras.Model, *, layers_first: bool = True) -> Reachable:
    """Looks at everything that hangs on the model.

    Args:
        layers_first: whether a layer's path is `model.layers[3]` wherever else it is held; older
            checkpoints know it by the attribute of Keras' at which it is found first.
    """
    found = Reachable()
    kinds = _kinds()
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
        if isinstance(one, keras.Layer):
            found.layers[path] = one
            if layers_first and isinstance(one, keras.Model):
                waiting.extend(
                    (f"{path}.layers[{number}]", layer) for number, layer in enumerate(one.layers)
                )
        waiting.extend(_below(path, one))
        if isinstance(one, _OBJECTS):
            hidden = _hidden(cast("Hashable", type(one)))
            for name, value in vars(one).items():
                if (
                    name not in hidden
                    and _is_plain(value.__class__)
                    and _may_be_state(one, name, value)
                ):
                    found.plain[f"{path}.{name}"] = (one, name)
    return found


def _optimizers(model: keras.Model) -> list[Any]:
    return [] if model.optimizer is None else [model.optimizer, *_nested(model.optimizer)]


def _nested(optimizer: keras.optimizers.Optimizer) -> list[Any]:
    """The optimizers that one wraps; their variables are among its own."""
    inner = getattr(optimizer, "inner_optimizer", None)
    several = getattr(optimizer, "optimizers", ())
    return [*([] if inner is None else [inner]), *several]


def _below(path: str, one: Any) -> Iterator[tuple[str, Any]]:
    items: Iterable[tuple[Any, Any]]
    if isinstance(one, dict):
        form, items = "[{!r}]", one.items()
    elif isinstance(one, (list, tuple)):
        form, items = "[{}]", enumerate(one)
    else:
        form, items = ".{}", ((name, it) for name, it in vars(one).items() if name != _LOSSES)
    for name, value in items:
        if _is_followed(value.__class__):
            yield path + form.format(name), value


# An attribute's type is asked for at each checkpoint, and there are thousands of attributes. A proxy,
# as TensorFlow puts around containers, gives the class of what it stands for.
@functools.lru_cache(maxsize=4096)
def _is_followed(kind: Hashable) -> bool:
    modules: tuple[type, ...] = ()
    if keras.backend.backend() == "torch":
        import torch

        modules = (torch.nn.Module,)  # its parameters and buffers are in dicts of its
    followed = (*_CONTAINERS, *_OBJECTS, *modules, *_kinds())
    return issubclass(cast("type", kind), followed)


@functools.lru_cache(maxsize=4096)
def _is_plain(kind: Hashable) -> bool:
    return issubclass(cast("type", kind), _PLAIN)


@functools.cache
def _kinds() -> tuple[type, ...]:
    """Types of variables with this backend."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        return keras.Variable, tf.Variable, tf.random.Generator
    if backend == "torch":
        import torch

        return keras.Variable, torch.Tensor
    return (keras.Variable,)


def is_keras_own(one: Any) -> bool:
    """Whether an object's class is Keras'."""
    return type(one).__module__.startswith("keras.")


def _may_be_state(one: Any, name: str, value: Any) -> bool:
    # Keras' own classes list variables (`SGD.momentums`), which are state by themselves.
    return not is_keras_own(one) or not (name.startswith("_") or _holds_variables(value))


def _holds_variables(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_variables, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_holds_variables, value))
    return isinstance(value, keras.Variable)


@functools.lru_cache(maxsize=1024)
def _hidden(kind: Hashable) -> frozenset[str]:
    """Attributes that are Keras' own business: private names that code of Keras' classes uses."""
    names: set[str] = set(_OF_KERAS)
    for base in kind.__mro__:  # type: ignore[attr-defined]  # a class
        if base.__module__.startswith(_LIBRARIES):
            for value in vars(base).values():
                for part in (getattr(value, each, None) for each in ("fget", "fset", "__func__")):
                    names.update(_private(getattr(part, "__code__", None)))
                names.update(_private(getattr(inspect.unwrap(value), "__code__", None)))
    return frozenset(names | _SET_BY_LIBRARIES)


def _private(code: types.CodeType | None) -> Iterator[str]:
    if code is None:
        return
    yield from (name for name in code.co_names if name.startswith("_"))
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _private(constant)
        elif isinstance(constant, str) and constant.startswith("_"):
            yield constant  # setattr(self, "_name", …)
