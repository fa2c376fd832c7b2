"""Makes a model's variables: what `fit` would make before its first step, and for a resume the rest.

`fit` builds a model symbolically on JAX and torch, and with TensorFlow not at all: there the first step
makes everything. A training that begins does no more than that
(`keras_compat/variable_creation.py`). A resume needs every variable before the checkpoint's values
are put into them, whatever makes it. Of a model that trains by Keras' own step the symbolic build does; of any other, one step is traced, or carried out where
nothing is compiled, whose effects on variables, random streams and plain attributes are undone.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import keras
import numpy as np

from kresume_nb.train.checkpoint.snapshot import all_variables
from kresume_nb.train.keras_compat import keras_private
from kresume_nb.train.keras_compat.variable_creation import Creations, first_step_makes_variables
from kresume_nb.train.sources.source import Source
from kresume_nb.train.state import model_attributes, rng


class Building:
    """Builds one model for one call of `fit`.

    Args:
        source: shows a batch, if anything has to be built.
    """

    def __init__(self, model: keras.Model, source: Source) -> None:
        self._model, self._source = model, source
        self._batch: Any = None
        self.failure: Exception | None = None
        """Why `complete` could not make everything."""

    def as_fit_does(self) -> None:
        """What `fit` builds before its first step; raises what Keras would, with the batch's shapes."""
        if first_step_makes_variables():
            return
        try:
            keras_private.build(self._model, self._first_batch)
        except Exception as error:
            if self._batch is not None:
                shapes = keras.tree.map_structure(_shape, self._batch)
                error.add_note(f"kresume_nb: the first batch of the data has the shapes {shapes}.")
            raise

    def within_fit(self) -> AbstractContextManager[None]:
        """Around a `fit`: it builds nothing from its data, which are read from where training stands."""
        if first_step_makes_variables():
            return nullcontext()
        return keras_private.building_from(self._model, self._first_batch)

    def complete(self, state: dict[str, Any]) -> bool:
        """Makes the variables that a checkpoint holds values of.

        Returns:
            Whether that could be done: what is missing now is not of this model. Else `failure` says
            why not.
        """
        self.failure = None
        streams = rng.capture()
        try:
            with _optimizing_as(self._model, state):
                if _by_keras(self._model):
                    with _thawed(self._model, state):
                        self._attempt(lambda: keras_private.build(self._model, self._first_batch))
                if self._lacks(state):
                    self._attempt(self._throw_away)
        finally:
            rng.restore(streams)
        return not (self._lacks(state) and self.failure)

    def _lacks(self, state: dict[str, Any]) -> bool:
        return len(all_variables(self._model)) < len(state["variables"])

    def _attempt(self, make: Callable[[], None]) -> None:
        self.failure = None
        try:
            make()
        except Exception as error:  # noqa: BLE001  # whatever a person's step raises
            self.failure = error

    def _first_batch(self) -> Any:
        if self._batch is None:
            self._batch = self._source.first_batch()
        return self._batch

    def _throw_away(self) -> None:
        """One step, undone: it makes whatever steps of this model make."""
        model, plain = self._model, _plain(self._model)
        before = [(one, keras.ops.convert_to_numpy(one).copy()) for one in all_variables(model)]
        try:
            if keras.backend.backend() == "tensorflow":
                _step_of_tensorflow(model, self._first_batch())
            elif keras.backend.backend() == "torch":
                model.train()
                model.train_step(_mapped(keras.ops.convert_to_tensor, self._first_batch()))
        finally:
            for variable, value in before:
                variable.assign(value)
            for restore in plain:
                restore()


@contextmanager
def _optimizing_as(model: keras.Model, state: dict[str, Any]) -> Iterator[None]:
    """Within it, the optimizer is built for the variables that it was built for in the checkpoint.

    Those which are trainable now may be others: a callback froze or thawed layers before the first step.
    """
    optimizer, numbers = model.optimizer, state.get("optimized")
    if not isinstance(optimizer, keras.optimizers.Optimizer) or optimizer.built or not numbers:
        yield
        return

    def build(given: list[keras.Variable]) -> None:
        ours, theirs = model.variables, state["variables"]
        fits = max(numbers) < len(ours) and all(
            list(ours[one].shape) == theirs[one]["shape"] for one in numbers
        )
        type(optimizer).build(optimizer, [ours[one] for one in numbers] if fits else given)

    optimizer.build = build
    try:
        yield
    finally:
        del optimizer.build


@contextmanager
def _thawed(model: keras.Model, state: dict[str, Any]) -> Iterator[None]:
    """Within it, layers that are not built are not frozen.

    A variable that a frozen layer makes in a symbolic build has TensorFlow's tape pass it over for
    good, even if a callback thaws the layer; in a first step, which `fit` begins with, it has not.
    """
    layers = list(model_attributes.find(model).layers.values())
    # A checkpoint that does not say what was optimized needs the flags to tell.
    if not state.get("optimized") or all(one.built or one.trainable for one in layers):
        yield
        return
    flags = [(one, bool(one.trainable)) for one in (*layers, *model.variables)]
    for one in layers:
        if not one.built:
            one.trainable = True
    try:
        yield
    finally:
        for one, flag in flags:  # parents before their children, and last the variables
            one.trainable = flag


def _by_keras(model: keras.Model) -> bool:
    return bool(type(model).train_step is keras.Model.train_step)


def _step_of_tensorflow(model: keras.Model, batch: Any) -> None:
    import tensorflow as tf

    if not model.run_eagerly:  # traced, as in `fit`, and never run
        step = tf.function(model.train_step, autograph=False)
        step.get_concrete_function(_mapped(_spec, batch))
        return
    creations = Creations()
    with creations.watching():
        try:
            model.train_step(_mapped(_tensor, batch))
        finally:
            creations.undo()


def _spec(value: Any) -> Any:
    import tensorflow as tf

    if isinstance(value, keras.KerasTensor):
        return tf.TensorSpec(value.shape, value.dtype)
    return tf.type_spec_from_value(value if tf.is_tensor(value) else tf.convert_to_tensor(value))


def _tensor(value: Any) -> Any:
    import tensorflow as tf

    if isinstance(value, keras.KerasTensor):
        return tf.zeros([size or 1 for size in value.shape], value.dtype)
    return value if tf.is_tensor(value) else tf.convert_to_tensor(value)


def _mapped(function: Callable[[Any], Any], batch: Any) -> Any:
    return keras.tree.map_structure(lambda one: None if one is None else function(one), batch)


def _shape(value: Any) -> Any:
    return None if value is None else tuple(value.shape)


def _plain(model: keras.Model) -> list[Callable[[], None]]:
    """Functions that put the plain attributes of a person's objects back to what they are now."""
    return [
        found
        for owner, name in model_attributes.find(model).plain.values()
        if not model_attributes.is_keras_own(owner)
        and (found := _undo(owner, name, vars(owner)[name])) is not None
    ]


def _undo(owner: Any, name: str, value: Any) -> Callable[[], None] | None:
    if isinstance(value, np.random.Generator):
        state = value.bit_generator.state
        return lambda: setattr(value.bit_generator, "state", state)
    if isinstance(value, random.Random):
        inner = value.getstate()
        return lambda: value.setstate(inner)
    if isinstance(value, np.ndarray):
        array = value.copy()
        return lambda: np.copyto(value, array) if value.flags.writeable else None
    if isinstance(value, list):
        items = list(value)
        return lambda: value.__setitem__(slice(None), items)
    if isinstance(value, dict):
        entries = dict(value)

        def put() -> None:
            value.clear()
            value.update(entries)

        return put

    def put_back() -> None:
        present = vars(owner).get(name)
        # What the step made (a metric where there was None) is what it will look for.
        if isinstance(present, bool | int | float | str | None) and present != value:
            setattr(owner, name, value)

    return put_back
