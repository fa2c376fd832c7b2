"""Captures and restores what hangs on a model beyond Keras' lists of variables (`model_attributes.py`).

Each piece is kept under the path of attributes that leads to it, so a piece that the present model
lacks, or has besides, is named and harms no other.

An optimizer that a training step of a person's own uses has no slots before that step has run, and
nothing but that step knows for which variables: a checkpoint says which they were, and the resume
builds the optimizer for the same ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np

from kresume_nb.run.records import Finding, Verdict
from kresume_nb.train.keras_compat import compiled_step, keras_private
from kresume_nb.train.keras_compat.variables import assign
from kresume_nb.train.state import in_place, model_attributes
from kresume_nb.train.state.encoding import Array, Decoder, Encoder, NotPlainError

_LARGE = 1 << 20
"""Bytes: a plain array of a person's that is larger is data, not state."""
_SCALARS = frozenset({type(None), bool, int, float, str})


class ExtraModelState:
    """The state of one model beyond Keras' lists.

    Made before training begins: a plain attribute counts as state once it has changed.
    """

    def __init__(self, model: keras.Model) -> None:
        self._model = model
        self._baseline = self._prints(model_attributes.find(model))
        self._flags = self._trainable(model_attributes.find(model))
        self._flags_changed = False
        self._step: Any = None
        """The training step as it was seen last."""
        self._baked: dict[str, Any] | None = None
        """Values of attributes when the step was first run, and so traced."""
        self._due: dict[str, Any] | None = None
        """Such values of an earlier process, which the step of this one has to be traced with."""
        self._varied: set[str] = set()
        """Paths whose value was not that of before training then."""
        self._traces = 0
        self._unsure = False
        """Whether the step may have been traced with other values since."""
        self._changed: set[str] = set()
        self._collected: dict[str, Any] = {}

    def roots(self) -> Iterator[tuple[str, Any]]:
        """(path, value) of every plain attribute, for `Names`."""
        for path, (owner, name) in model_attributes.find(self._model).plain.items():
            yield path, vars(owner)[name]

    def owners(self) -> list[Any]:
        """Objects whose plain attributes are state."""
        found = model_attributes.find(self._model).plain.values()
        return list({id(owner): owner for owner, _ in found}.values())

    def collect(self) -> list[Any]:
        """Takes down what is to be kept; returns the values, for `Encoder.count`."""
        found = model_attributes.find(self._model)
        prints = self._prints(found)
        for path, (owner, _) in found.plain.items():
            if path in prints and model_attributes.is_keras_own(owner):
                self._baseline.setdefault(
                    path, prints[path]
                )  # Keras makes some with the first step
        self._changed |= {path for path, one in prints.items() if one != self._baseline.get(path)}
        flags = self._trainable(found)
        self._flags_changed |= flags != {**flags, **self._flags}
        variables = {path: _value(one) for path, one in found.variables.items()}
        optimizers = {path: self._slots(one) for path, one in found.optimizers.items()}
        plain = {
            path: vars(owner)[name]
            for path, (owner, name) in found.plain.items()
            if path in self._changed & prints.keys()
        }
        self._collected = {"variables": variables, "optimizers": optimizers, "plain": plain}
        if self._flags_changed:
            self._collected["trainable"] = flags
        baked = self._baked_in(found)
        if baked is not None:
            self._collected["baked"] = baked
        return list(self._collected.values())

    def before_step(self) -> None:
        """To be called before each training step: sees what it will be traced with."""
        if self._model.train_function is self._step:
            return
        if not compiled_step.is_compiled(self._model):
            self._step = self._model.train_function
            return
        found = model_attributes.find(self._model)
        places = self._places(found)
        baked = {path: getattr(*place) for path, place in places.items()}
        due, self._due = self._due, None
        if due:
            due = {path: value for path, value in due.items() if path in places}
            self._model.train_function = compiled_step.traced_with(
                self._model.train_function, places, due
            )
            baked |= due
        self._step, self._baked = self._model.train_function, baked
        prints = self._prints(found)
        self._varied = {path for path in baked if prints.get(path) != self._baseline.get(path)}
        self._varied |= (due or {}).keys()
        # One that an earlier `fit` has traced has values of then, which nobody took down.
        self._traces, self._unsure = 0, compiled_step.traces(self._step) > 0

    def _baked_in(self, found: model_attributes.Reachable) -> dict[str, Any] | None:
        """What the step was traced with and is otherwise now; None if that is not known."""
        if self._baked is None:
            return self._due
        other = {}
        if self._changed or self._varied or self._flags_changed:
            present = {path: getattr(*place) for path, place in self._places(found).items()}
            other = {
                path: value
                for path, value in self._baked.items()
                if path in present and present[path] != value
            }
        traces = compiled_step.traces(self._step)
        if self._traces and traces > self._traces and other:
            self._unsure = True
        self._traces = traces
        return None if self._unsure else other

    def _places(self, found: model_attributes.Reachable) -> dict[str, tuple[Any, str]]:
        """(object, attribute) of what a step may bake in and can be set for a moment."""
        places = {
            path: place
            for path, place in found.plain.items()
            if type(vars(place[0])[place[1]]) in _SCALARS
        }
        if keras.backend.backend() == "tensorflow":  # JAX hands the variables to each step
            places |= {
                f"{path} trainable": (layer, "trainable") for path, layer in found.layers.items()
            }
        return places

    @staticmethod
    def _trainable(found: model_attributes.Reachable) -> dict[str, bool]:
        return {path: bool(layer.trainable) for path, layer in found.layers.items()}

    def _set_trainable(self, flags: Mapping[str, bool], found: model_attributes.Reachable) -> None:
        # Setting a layer's sets those of the layers in it, which come later.
        for path, layer in found.layers.items():
            if path in flags and bool(layer.trainable) != flags[path]:
                layer.trainable = flags[path]
        self._flags_changed = True

    def capture(self, encoder: Encoder) -> dict[str, Any]:
        """The state as JSON, of what was collected."""
        collected, self._collected = self._collected, {}
        return {what: encoder.encode(values) for what, values in collected.items()}

    def restore(self, state: Mapping[str, Any], decoder: Decoder) -> list[Finding]:
        """Puts a captured state back.

        Args:
            decoder: shares objects with those of callbacks and data.
        """
        found = model_attributes.find(self._model)
        _add_older_paths(found, self._model, state)
        done: list[str] = []
        lost: list[str] = []
        attributes: list[str] = []
        for path, slots in decoder.decode(state["optimizers"]).items():
            fits = path in found.optimizers and self._fill(found.optimizers[path], slots)
            (done if fits else lost).append(path)
        for path, value in decoder.decode(state["variables"]).items():
            fits = path in found.variables and _fits(found.variables[path], value)
            (done if fits else lost).append(path)
            if fits:
                _assign(found.variables[path], value)
        before = self._prints(found)
        # A dict of paths; older checkpoints hold it as any dict is kept.
        for path, data in state["plain"].items():
            if path in found.plain:
                _put(*found.plain[path], data, decoder)
                self._changed.add(path)
            (attributes if path in found.plain else lost).append(path)
        flags = decoder.decode(state["trainable"]) if "trainable" in state else {}
        if flags:
            self._set_trainable(flags, found)
            done.append("which layers are trainable")
        baked = decoder.decode(state["baked"]) if "baked" in state else None
        self._due = baked
        compiled_step.make_anew(self._model)
        exact, unsure = self._sorted(
            attributes, found, _built(found, before, self._prints(found)), knows=baked is not None
        )
        return [
            *_told("exact", [*done, *exact]),
            *_told("approximate", unsure),
            *_told("lost", lost),
        ]

    def _sorted(
        self,
        attributes: list[str],
        found: model_attributes.Reachable,
        built: set[str],
        *,
        knows: bool,
    ) -> tuple[list[str], list[str]]:
        """Attributes that are exact, and those that a compiled step may see otherwise.

        Such a step runs no Python but when it is traced, and a new process traces it anew: with the
        values of then, where the checkpoint knows them.

        Args:
            built: attributes that had their value as soon as the layers were built.
            knows: whether it does.
        """
        if not compiled_step.is_compiled(self._model):
            return attributes, []
        exact = [
            path
            for path in attributes
            if path in built
            or (knows and type(vars(found.plain[path][0])[found.plain[path][1]]) in _SCALARS)
        ]
        return exact, [path for path in attributes if path not in exact]

    def _slots(self, optimizer: keras.optimizers.Optimizer) -> dict[str, Any]:
        numbers = {id(one): number for number, one in enumerate(self._model.variables)}
        over = [numbers.get(id(one)) for one in keras_private.optimized(optimizer)]
        return {"over": over, "values": [_value(one) for one in optimizer.variables]}

    def _fill(self, optimizer: keras.optimizers.Optimizer, slots: Mapping[str, Any]) -> bool:
        ours, over = self._model.variables, slots["over"]
        if not optimizer.built and slots["values"] and over:
            if any(number is None or number >= len(ours) for number in over):
                return False
            optimizer.build([ours[number] for number in over])
        if optimizer.built and not over:  # the checkpoint is older than the first step
            for variable in optimizer.variables[len(slots["values"]) :]:
                variable.assign(keras.ops.zeros_like(variable))
            for variable, value in zip(optimizer.variables, slots["values"], strict=False):
                _assign(variable, value)
            return True
        pairs = list(zip(optimizer.variables, slots["values"], strict=False))
        if len(optimizer.variables) != len(slots["values"]) or not all(
            _fits(*one) for one in pairs
        ):
            return False
        for variable, value in pairs:
            _assign(variable, value)
        return True

    @staticmethod
    def _prints(found: model_attributes.Reachable) -> dict[str, Any]:
        prints: dict[str, Any] = {}
        for path, (owner, name) in found.plain.items():
            arrays: list[Array] = []
            value = vars(owner)[name]
            kind = type(value)
            if kind in _SCALARS:
                prints[path] = (kind, repr(value) if kind is float else value)
                continue
            if kind is tuple and all(type(one) in _SCALARS for one in value):
                prints[path] = value
                continue
            if isinstance(value, np.ndarray) and value.nbytes > _LARGE:
                continue
            try:
                text = json.dumps(Encoder(arrays, value).encode(value), sort_keys=True)
            except NotPlainError:
                continue
            if sum(one.nbytes for one in arrays) <= _LARGE:
                contents = (f"{one.dtype}{one.shape}{one.tobytes().hex()}" for one in arrays)
                prints[path] = text + "".join(contents)
        return prints


def _built(
    found: model_attributes.Reachable, before: Mapping[str, Any], after: Mapping[str, Any]
) -> set[str]:
    """Attributes, not scalars, that have their value as soon as everything is built.

    What building sets in Keras' layers (the axes of a normalization): a checkpoint holds it where the
    first step did the building, and the step was traced with it. And what holds nothing but variables,
    which are put back by themselves.
    """
    return {
        path
        for path, (owner, name) in found.plain.items()
        if path in before and before[path] == after.get(path)
        if _is_of_variables(vars(owner)[name])
        or (model_attributes.is_keras_own(owner) and type(vars(owner)[name]) not in _SCALARS)
    }


def _is_of_variables(value: Any) -> bool:
    items = keras.tree.flatten(value) if isinstance(value, list | tuple | dict) else []
    return bool(items) and all(
        isinstance(one, keras.Variable) or in_place.is_backend_variable(one) for one in items
    )


def _add_older_paths(
    found: model_attributes.Reachable, model: keras.Model, state: Mapping[str, Any]
) -> None:
    """Makes what an older checkpoint calls by other paths known by these, too."""
    for kind, places in (
        ("optimizers", found.optimizers),
        ("variables", found.variables),
        ("plain", found.plain),
    ):
        missing = state[kind].keys() - places.keys()
        if missing:
            older = getattr(model_attributes.find(model, layers_first=False), kind)
            places.update({path: older[path] for path in missing & older.keys()})


def _put(owner: Any, name: str, data: Any, decoder: Decoder) -> None:
    """Sets an attribute; what others may hold too is changed in place."""
    present = vars(owner)[name]
    value = decoder.decode_into(present, data)
    if value is not present:
        setattr(owner, name, value)


def _value(variable: Any) -> Array:
    """A copy of what a variable of Keras', or of the backend's, holds."""
    if isinstance(variable, keras.Variable):
        return np.array(keras.ops.convert_to_numpy(variable))
    value = getattr(variable, "state", variable)  # of a tf.random.Generator
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    return np.array(value)


def _fits(variable: Any, value: Array) -> bool:
    present = _value(variable)
    return (present.shape, present.dtype) == (value.shape, value.dtype)


def _assign(variable: Any, value: Array) -> None:
    if hasattr(variable, "assign"):
        assign(variable, value)
    elif hasattr(variable, "copy_"):
        import torch

        new = torch.from_numpy(value).to(variable.device)
        if not torch.equal(variable, new):  # one that repeats its values in memory takes no others
            with torch.no_grad():
                variable.copy_(new)
    else:  # a tf.random.Generator
        variable.reset(value)


def _told(verdict: Verdict, paths: list[str]) -> list[Finding]:
    if not paths:
        return []
    named = ", ".join(paths[:8]) + (f" and {len(paths) - 8} more" if len(paths) > 8 else "")
    detail = {
        "exact": named,
        "approximate": f"{named} put back; a compiled step reads and sets plain attributes only when "
        "it is traced, as it was once more in this process",
        "lost": f"not found in this model, or of another shape: {named}",
    }[verdict]
    return [Finding(what="state outside of Keras' lists", verdict=verdict, detail=detail)]
