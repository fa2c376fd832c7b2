"""The state of a training run at a batch boundary, copied out of the way of the next step.

Taken on the training thread, written by another (`keras_file.py`). On TensorFlow a variable is
read copy-on-write, so a snapshot costs the training thread next to nothing however large the model;
elsewhere it costs one copy of the bytes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np

from kresume_nb.run.records import Finding, Position, Writer
from kresume_nb.train.checkpoint import self_check
from kresume_nb.train.keras_compat import keras_private
from kresume_nb.train.keras_compat.keras_private import Group
from kresume_nb.train.keras_compat.variable_creation import Creations
from kresume_nb.train.state import layers, rng
from kresume_nb.train.state.all_callbacks import CallbackStates
from kresume_nb.train.state.encoding import Array, Encoder
from kresume_nb.train.state.identity import Names
from kresume_nb.train.state.model_extras import ExtraModelState

CHECKED = 2
"""Snapshots of a process whose values are read back: the first, and one that training has changed."""


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
    assets: dict[str, bytes] = field(default_factory=dict)
    """Files of layers, by their names in the archive."""

    def nbytes(self) -> int:
        """Bytes of the weights and of our own arrays."""
        weights = (value for group in self.groups.values() for value in group.values.values())
        return sum(_nbytes(value) for value in weights) + sum(one.nbytes for one in self.arrays)


@dataclass(frozen=True, slots=True)
class Beginning:
    """A snapshot taken before the first step, and what the variables of that time held."""

    snapshot: Snapshot
    values: list[tuple[keras.Variable, Any]]


class Snapshotter:
    """Takes snapshots of one model, its optimizer and its callbacks.

    Args:
        model: built and compiled (`keras_private.build`).
        states: of the callbacks.
        writer: the process, so that a checkpoint can tell which course of the run it is of.
        facts: what a resume compares: seed, samples, batch size and the like.
        data: gives the state of the data at a position, as plain values.
        extras: the state of the model beyond Keras' lists.
        held: gives (path, value) of what the data objects hold.
        doubts: gives what is known not to come back exactly of the data.
    """

    def __init__(
        self,
        model: keras.Model,
        states: CallbackStates,
        writer: Writer,
        facts: dict[str, Any],
        data: Callable[[Position], Any] = lambda _: None,
        extras: ExtraModelState | None = None,
        held: Callable[[], Iterable[tuple[str, Any]]] = tuple,
        doubts: Callable[[], list[Finding]] = list,
    ) -> None:
        self._model = model
        self._data = data
        self._extras = extras or ExtraModelState(model)
        self._held = held
        self._names: Names | None = None
        self._doubts = doubts
        self._unchecked = CHECKED
        self._checked = 0
        self._failed: list[Finding] = []
        self._news: list[Finding] = []
        self._unrecoverable = rng.Unrecoverable(model)
        self._states = states
        self._writer = writer
        self._facts = facts
        self._config = self._metadata = ""
        self._assets: dict[str, bytes] = {}
        self._count = -1
        self._begins = False
        self._before: dict[str, Any] | None = None
        """The layers before the first step, if that has still to build them."""
        self._groups: dict[str, Group] = {}
        self.left_out = ""
        """What Keras cannot serialize of the model, and why; empty if it can."""

    def take(self, position: Position) -> Snapshot:
        """The state of this moment. Call at a batch boundary, on the training thread.

        Raises:
            StateError: if a callback's `get_state` returned what cannot be kept.
        """
        keras_private.sync(self._model)
        variables = all_variables(self._model)
        self._look(variables)
        return self._take(position, variables)

    def _take(self, position: Position, variables: list[keras.Variable]) -> Snapshot:
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
        if self._names is None:
            self._states.begin()
            self._names = names_of(self._states, self._extras, self._held())
            self._note(self._names.findings())
        encoder = Encoder(arrays, data, names=self._names.name)
        encoder.count(*self._extras.collect(), *self._states.collect())
        encoded = encoder.encode(data)
        self.look_again()
        if self._unchecked:
            self._unchecked -= 1
            self._check(random_state)
        state = {
            "schema": 1,
            "position": position,
            "writer": self._writer,
            "facts": self._facts,
            "stopped": bool(self._model.stop_training),
            "variables": [_described(one) for one in stored],
            "optimized": _optimized(self._model),
            "beyond": self._extras.capture(encoder),
            "unrecoverable": list(self._unrecoverable.sentences()),
            "callbacks": self._states.capture(encoder),
            "data": encoded,
            "objects": encoder.objects,
            "checked": {"values": self._checked, "failed": self._failed},
            "random": Encoder(arrays, random_state).encode(random_state),
        }
        return Snapshot(position, groups, self._config, self._metadata, state, arrays, self._assets)

    def before_step(self) -> None:
        """To be called before each training step, after the callbacks'."""
        self._extras.before_step()
        if self._begins:
            self._begins, self._before = False, layers.describe(self._model)

    def know(self, facts: dict[str, Any]) -> None:
        """Tells other facts, of a model that was completed for a resume."""
        self._facts = facts

    def look_again(self) -> None:
        """Asks what has been seen not to come back of the data since."""
        self._note(self._doubts())

    def take_news(self) -> list[Finding]:
        """What turned out not to read back, since this was asked last."""
        news, self._news = self._news, []
        return news

    def _check(self, random_state: Any) -> None:
        """Writes and reads everything once, and compares."""
        watched = [
            *self._states.watched(),
            *self._extras.roots(),
            # What is given as data is not saved; what objects of a person's in it hold may be.
            *((path, value) for path, value in self._held() if "." in path and not _is_data(value)),
            ("random streams", random_state),
        ]
        self._checked, found = self_check.values(watched, self._states.refer, self._states.resolve)
        self._note(found)

    def _note(self, found: list[Finding]) -> None:
        """Keeps what is new, for the checkpoints and to be told."""
        known = {(one.what, one.detail) for one in self._failed}
        new = [one for one in found if (one.what, one.detail) not in known]
        self._failed, self._news = [*self._failed, *new], [*self._news, *new]

    def begin(self, position: Position) -> Beginning:
        """The state of a run's beginning, before the first step has made the model's variables."""
        # Without variables, which `complete` adds: a layer that is not built may not be able to save.
        self._begins = True
        snapshot = self._take(position, [])
        return Beginning(snapshot, [(one, _copy(one)) for one in all_variables(self._model)])

    def complete(self, begun: Beginning, creations: Creations) -> Snapshot:
        """That state with all variables, now that the first step has made them."""
        known = {id(variable): value for variable, value in begun.values}
        unseen: list[str] = []

        def initial(variable: Any) -> Any:
            if not isinstance(variable, keras.Variable):
                return np.array(variable)
            value = known.get(id(variable))
            value = creations.value(variable) if value is None else value
            if value is None:
                unseen.append(f"{variable.path} was made by the first step unseen")
                value = _copy(variable)
            return value

        variables = all_variables(self._model)
        self._look(variables)
        groups = {
            path: Group(group.attributes, {key: initial(one) for key, one in group.values.items()})
            for path, group in self._groups.items()
        }
        arrays, places = list(begun.snapshot.arrays), self._places()
        stored = [self._store(one, places, arrays, initial) for one in variables]
        state = {
            **begun.snapshot.state,
            "facts": self._facts,
            "variables": [_described(one) for one in stored],
            "optimized": _optimized(self._model),
            "unrecoverable": [*begun.snapshot.state["unrecoverable"], *unseen],
        }
        return replace(
            begun.snapshot,
            groups=groups,
            config=self._config,
            metadata=self._metadata,
            state=state,
            arrays=arrays,
            assets=self._assets,
        )

    def _look(self, variables: list[keras.Variable]) -> None:
        """Looks at the model again if it has other variables than before."""
        if len(variables) == self._count:
            if _computed(self._groups):
                self._groups = keras_private.record_weights(self._model)
            return
        self._count = len(variables)
        self._groups = keras_private.record_weights(self._model)
        self._config, self._metadata, undescribed = keras_private.describe(self._model)
        self._assets, lacking = keras_private.record_assets(self._model)
        self.left_out = " and ".join(filter(None, (undescribed, lacking)))
        if "training" in self._facts:
            training = self._facts["training"]
            described = layers.as_made(
                layers.describe(self._model), training.get("architecture"), self._before
            )
            self._before = None
            training = {**training, "architecture": described}
            self._facts = {**self._facts, "training": training}

    def _places(self) -> dict[int, tuple[str, str]]:
        return {
            id(value): (path, key)
            for path, group in self._groups.items()
            for key, value in group.values.items()
        }

    def _store(
        self,
        variable: keras.Variable,
        places: dict[int, tuple[str, str]],
        arrays: list[Array],
        value: Callable[[keras.Variable], Any] = keras.ops.convert_to_numpy,
    ) -> Stored:
        shape = tuple(int(one) for one in variable.shape)
        dtype = keras.backend.standardize_dtype(variable.dtype)
        place = places.get(id(variable))
        if place is not None:
            return Stored(variable.path, shape, dtype, group=place[0], key=place[1])
        arrays.append(np.array(value(variable)))
        return Stored(variable.path, shape, dtype, array=len(arrays) - 1)


def _is_data(value: Any) -> bool:
    return isinstance(value, (list, tuple, dict)) and len(value) > self_check.MOST


def names_of(
    states: CallbackStates,
    extras: ExtraModelState,
    held: Iterable[tuple[str, Any]],
    saved: list[dict[str, Any]] | None = None,
) -> Names:
    """The names of everything that callbacks, model and data hold.

    Args:
        held: by the data objects.
        saved: the callbacks' states in a checkpoint, whose names are to be given.
    """
    return Names(
        [
            *states.roots(saved),
            *extras.roots(),
            *((f"data.{path}", value) for path, value in held),
        ]
    )


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


def _optimized(model: keras.Model) -> list[int] | None:
    """Which of the model's variables its optimizer was built for; None if for others too, or not yet.

    Those were trainable when the first step built it, which a callback may have changed since.
    """
    if not isinstance(model.optimizer, keras.optimizers.Optimizer):
        return None
    numbers = {id(one): number for number, one in enumerate(model.variables)}
    found = [numbers.get(id(one)) for one in keras_private.optimized(model.optimizer)]
    return None if not found or None in found else [one for one in found if one is not None]


def _described(one: Stored) -> dict[str, Any]:
    place = {"array": one.array} if one.array is not None else {"group": one.group, "key": one.key}
    return {"path": one.path, "shape": list(one.shape), "dtype": one.dtype, **place}


def _computed(groups: dict[str, Group]) -> bool:
    """Whether some object stores values that it computes: then every snapshot must ask it again."""
    values = (value for group in groups.values() for value in group.values.values())
    return any(not isinstance(value, keras.Variable) for value in values)


def _copy(value: Any) -> Any:
    read = getattr(value.value, "read_value", None) if isinstance(value, keras.Variable) else None
    if read is not None:  # TensorFlow: a tensor that the next assignment leaves alone
        return read()
    return np.array(keras.ops.convert_to_numpy(value))


def _nbytes(value: Any) -> int:
    size: int = np.dtype(keras.backend.standardize_dtype(value.dtype)).itemsize
    return int(math.prod(value.shape)) * size
