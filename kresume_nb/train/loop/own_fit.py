"""Models whose class has a `fit` of its own: it prepares what it was given, and hands that to Keras'.

Tasks of keras-hub tokenize their texts so. Such a `fit` is carried out once, as it stands; what it
hands to `keras.Model.fit` is what is trained, kept and resumed, and what it returns is returned.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar

import keras

P = ParamSpec("P")
R = TypeVar("R")
_HANDED_ON: ContextVar[Any] = ContextVar("handed on", default=None)
"""The model whose own `fit` has handed on what is being trained."""


def defines(model: Any, method: str) -> bool:
    """Whether a model's class defines a method of `keras.Model` anew.

    What another library puts in place of Keras' own, in Keras' class, is not that.
    """
    definer = next((one for one in type(model).__mro__ if method in vars(one)), None)
    return definer is not None and definer.__module__.partition(".")[0] != "keras"


def through_own_fit(train: Callable[P, R]) -> Callable[P, R]:
    """Has a function like `kr.fit` get what a model's own `fit` hands on, if it has one.

    Arguments by name only are the function's, the others of the model's `fit`, which gets exactly
    those that were given: it may have other defaults.
    """
    ours = {
        one.name for one in inspect.signature(train).parameters.values() if one.kind == _BY_NAME
    }

    any_train: Callable[..., R] = train

    @functools.wraps(train)
    def called(*given: P.args, **named: P.kwargs) -> R:
        model: Any = given[0] if given else named.get("model")
        own = isinstance(model, keras.Model) and defines(model, "fit")
        if not own or _HANDED_ON.get() is model:
            return train(*given, **named)
        kept = {name: value for name, value in named.items() if name in ours}
        theirs = {
            name: value for name, value in named.items() if name not in ours and name != "model"
        }
        with _taken_from(model, functools.partial(any_train, **kept)) as calls:
            result: R = model.fit(*given[1:], **theirs)
        if not calls:
            warnings.warn(
                f"kresume_nb: {type(model).__name__}.fit trained without calling keras.Model.fit, so "
                "nothing was kept and a kill loses all of it. Expected a fit that prepares its data "
                "and calls super().fit(…); to train in other steps, define train_step.",
                stacklevel=2,
            )
        return result

    return called


_BY_NAME = inspect.Parameter.KEYWORD_ONLY


@contextmanager
def _taken_from(model: keras.Model, train: Callable[..., Any]) -> Iterator[list[None]]:
    """Within it, Keras' own `fit` is carried out by `train` for this model.

    Yields:
        An entry a call.
    """
    own, inherited = keras.Model.fit, "fit" not in vars(keras.Model)
    calls: list[None] = []

    def fit(self: keras.Model, *given: Any, **named: Any) -> Any:
        if self is not model or _HANDED_ON.get() is model:
            return own(self, *given, **named)
        calls.append(None)
        token = _HANDED_ON.set(model)
        try:
            return train(model, *given, **named)
        finally:
            _HANDED_ON.reset(token)

    keras.Model.fit = fit
    try:
        yield calls
    finally:
        if inherited:
            del keras.Model.fit
        else:
            keras.Model.fit = own
