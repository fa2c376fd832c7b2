"""The variables that a model's first step makes, as they were before that step changed them.

Keras on TensorFlow makes nothing before the first step is traced: the optimizer's slots, the totals of
compiled metrics, the weights of layers without an input shape, whatever a `train_step` makes when it is
first called. To make them earlier would make them in another order than `fit` does, and of a model
without `call` nobody but its step can. So the checkpoint of a run's beginning waits until the first
step is done, and holds what the variables held when that step made them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras


def first_step_makes_variables() -> bool:
    """Whether `fit` of this backend leaves it to the first step to make variables."""
    return bool(keras.backend.backend() == "tensorflow")


class Creations:
    """Watches TensorFlow's variables being made."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Any, Any]] = {}

    def watch(self, model: keras.Model) -> None:
        """Watches the next call of the model's training function."""
        step = model.train_function

        def first(*arguments: Any) -> Any:
            model.train_function = step
            with self.watching():
                from kresume_nb.train.keras_compat import tensorflow_private

                # Those of a compiled step have their values once it is traced, before it runs.
                tensorflow_private.trace(step, arguments)
                self._look()
                return step(*arguments)

        model.train_function = first

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watches while the block runs."""
        import tensorflow as tf

        with tf.variable_creator_scope(self._create):
            yield

    def value(self, variable: keras.Variable) -> Any:
        """What a variable held when it was made; None if that was not seen."""
        made = self._made.get(id(variable.value))
        return None if made is None else made[1]

    def undo(self) -> None:
        """Gives the variables back the values that they had when they were made."""
        for variable, value in self._made.values():
            if value is not None:
                variable.assign(value)

    def _create(self, make: Callable[..., Any], **options: Any) -> Any:
        import tensorflow as tf

        variable = make(**options)
        # A tensor that the next assignment leaves alone; the variable is kept for its id's sake.
        value = variable.read_value() if tf.executing_eagerly() else None
        self._made[id(variable)] = variable, value
        return variable

    def _look(self) -> None:
        """Reads the variables that were made while a step was traced."""
        for key, (variable, value) in self._made.items():
            if value is None:
                self._made[key] = variable, variable.read_value()
