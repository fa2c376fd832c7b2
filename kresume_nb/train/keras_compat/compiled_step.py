"""What a compiled training step has baked in: attributes of layers, as they were when it was traced.

On TensorFlow and JAX a step runs Python only when it is traced. A callback that sets `dropout.rate` or
`layer.trainable` afterwards changes nothing of it, until Keras makes the step anew. A resumed process
traces a step of its own, which has to see the values of then, while all other code sees those of now.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras


def is_compiled(model: keras.Model) -> bool:
    """Whether training steps run without Python."""
    return keras.backend.backend() != "torch" and not model.run_eagerly


def make_anew(model: keras.Model) -> None:
    """Forgets a step that was traced earlier in this process: it has the values of then baked in."""
    if is_compiled(model) and model.train_function is not None:
        model.train_function = None
        model.make_train_function()


def traces(function: Any) -> int:
    """How often a step has been traced; 0 where nobody can tell."""
    inner = getattr(function, "kresume_inner", function)
    if keras.backend.backend() == "tensorflow":
        from kresume_nb.train.keras_compat import tensorflow_private

        return len(tensorflow_private.traced(inner))
    count = getattr(inner, "_cache_size", None)  # of a function that JAX compiles
    return int(count()) if callable(count) else 0


def traced_with(
    function: Callable[..., Any], places: dict[str, tuple[Any, str]], values: dict[str, Any]
) -> Callable[..., Any]:
    """A training step that sees these values, whenever it is traced.

    Args:
        places: (object, attribute) by path.
        values: by path, some of them.
    """

    @functools.wraps(function)
    def step(*given: Any) -> Any:
        with _set(places, values):
            return function(*given)

    step.kresume_inner = function  # type: ignore[attr-defined]
    return step


@contextmanager
def _set(places: dict[str, tuple[Any, str]], values: dict[str, Any]) -> Iterator[None]:
    present = {path: getattr(*places[path]) for path in values}
    for path, value in values.items():
        _put(*places[path], value)
    try:
        yield
    finally:
        for path, value in present.items():
            _put(*places[path], value)


def _put(owner: Any, name: str, value: Any) -> None:
    if getattr(owner, name) != value:
        setattr(owner, name, value)
