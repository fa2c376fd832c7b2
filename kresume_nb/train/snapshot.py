"""The state of a training run at a batch boundary, copied out of the way of the next step.

Taken on the training thread, written by another (`checkpoint_file.py`). On TensorFlow a variable is
read copy-on-write, so a snapshot costs the training thread next to nothing however large the model;
elsewhere it costs one copy of the bytes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from kresume_nb.run.records import Position, Writer
from kresume_nb.train import keras_private, rng
from kresume_nb.train.beyond import Beyond
from kresume_nb.train.callback_state import CallbackStates
from kresume_nb.train.keras_private import Group
from kresume_nb.train.plain import Array, Encoder


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a checkpoint keeps a variable: in the weights file, or among our own arrays."""

    path: str
    shape: tuple[int, ...]
    dtype: str
    group: str | None = None
    key: str | None = None
    array: int | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that a checkpoint file holds, independent of the model from now on."""

    position: Position
    groups: dict[str, Group]
    config: str
    metadata: str
    state: dict[str, Any]
    arrays: list[Array] = field(default_factory=list)

    def nbytes(self) -> int:
        """Bytes of the weights and of our own arrays."""
        weights = (value for group in self.groups.values() for value in group.values.values())
        return sum(_nbytes(value) for value in weights) + sum(one.nbytes for one in self.arrays)


class Photographer:
    """Takes snapshots of one model, its optimizer and its callbacks.

    Args:
        model: built and compiled (`keras_private.build`).
        states: of the callbacks.
        writer: the process, so that a checkpoint can tell which course of the run it is of.
        facts: what a resume compares: seed, samples, batch size and the like.
        data: gives the state of the data at a position, as plain values.
        beyond: the state of the model beyond Keras' lists.
    """

    def __init__(
        self,
        model: keras.Model,
        states: CallbackStates,
        writer: Writer,
        facts: dict[str, Any],
        data: Callable[[Position], Any] = lambda _: None,
        beyond: Beyond | None = None,
    ) -> None:
        self._model = model
        self._data = data
        self._beyond = beyond or Beyond(model)
        self._unrecoverable = rng.Unrecoverable(model)
        self._states = states
        self._writer = writer
        self._facts = facts
        self._config, self._metadata = keras_private.serialize(model)
        self._count = -1
        self._groups: dict[str, Group] = {}

    def take(self, position: Position) -> Snapshot:
        """The state of this moment. Call at a batch boundary, on the training thread.

        Raises:
            StateError: if a callback's `get_state` returned what cannot be kept.
        """
        keras_private.sync(self._model)
        variables = all_variables(self._model)
        if len(variables) != self._count or _computed(self._groups):
            self._groups = keras_private.record_weights(self._model)
            self._count = len(variables)
        groups = {
            path: Group(
                group.attributes, {key: _copy(value) for key, value in group.values.items()}
            )
            for path, group in self._groups.items()
        }
        arrays: list[Array] = []
        places = self._places()
        stored = [self._store(one, places, arrays) for one in variables]
        random_state, data = rng.capture(), self._data(position)
        state = {
            "schema": 1,
            "position": position,
            "writer": self._writer,
            "facts": self._facts,
            "stopped": bool(self._model.stop_training),
            "variables": [_described(one) for one in stored],
            "beyond": self._beyond.capture(arrays),
            "unrecoverable": list(self._unrecoverable.sentences()),
            "callbacks": self._states.capture(arrays),
            "data": Encoder(arrays, data).encode(data),
            "random": Encoder(arrays, random_state).encode(random_state),
        }
        return Snapshot(position, groups, self._config, self._metadata, state, arrays)

    def _places(self) -> dict[int, tuple[str, str]]:
        return {
            id(value): (path, key)
            for path, group in self._groups.items()
            for key, value in group.values.items()
        }

    def _store(
        self, variable: keras.Variable, places: dict[int, tuple[str, str]], arrays: list[Array]
    ) -> Stored:
        shape = tuple(int(one) for one in variable.shape)
        dtype = keras.backend.standardize_dtype(variable.dtype)
        place = places.get(id(variable))
        if place is not None:
            return Stored(variable.path, shape, dtype, group=place[0], key=place[1])
        arrays.append(np.array(keras.ops.convert_to_numpy(variable)))
        return Stored(variable.path, shape, dtype, array=len(arrays) - 1)


def all_variables(model: keras.Model) -> list[keras.Variable]:
    """Every variable that training changes, each once, in an order that only the model decides.

    Layers' weights and seed generators, the optimizer's variables, metrics' totals. Keras' variable
    paths are no keys: they change when a model is built again, and may repeat.
    """
    optimizer = model.optimizer.variables if model.optimizer is not None else []
    found: dict[int, keras.Variable] = {}
    for variable in (*model.variables, *optimizer, *model.metrics_variables):
        found.setdefault(id(variable), variable)
    return list(found.values())


def _described(one: Stored) -> dict[str, Any]:
    place = {"array": one.array} if one.array is not None else {"group": one.group, "key": one.key}
    return {"path": one.path, "shape": list(one.shape), "dtype": one.dtype, **place}


def _computed(groups: dict[str, Group]) -> bool:
    """Whether some object stores values that it computes: then every snapshot must ask it again."""
    values = (value for group in groups.values() for value in group.values.values())
    return any(not isinstance(value, keras.Variable) for value in values)


def _copy(value: Any) -> Any:
    if not isinstance(value, keras.Variable):
        return np.array(value)
    read = getattr(value.value, "read_value", None)
    if read is not None:  # TensorFlow: a tensor that the next assignment leaves alone
        return read()
    return np.array(keras.ops.convert_to_numpy(value))


def _nbytes(value: Any) -> int:
    size: int = np.dtype(keras.backend.standardize_dtype(value.dtype)).itemsize
    return int(math.prod(value.shape)) * size
