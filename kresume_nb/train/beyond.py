"""Captures and restores what hangs on a model beyond Keras' lists of variables (`reachable.py`).

Each piece is kept under the path of attributes that leads to it, so a piece that the present model
lacks, or has besides, is named and harms no other.

An optimizer that a training step of a person's own uses has no slots before that step has run, and
nothing but that step knows for which variables: a checkpoint says which they were, and the resume
builds the optimizer for the same ones.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from kresume_nb.run.records import Finding, Verdict
from kresume_nb.train import keras_private, reachable
from kresume_nb.train.plain import Array, Decoder, Encoder, NotPlainError

_LARGE = 1 << 20
"""Bytes: a plain array of a person's that is larger is data, not state."""


class Beyond:
    """The state of one model beyond Keras' lists.

    Made before training begins: a plain attribute counts as state once it has changed.
    """

    def __init__(self, model: keras.Model) -> None:
        self._model = model
        self._baseline = self._prints(reachable.find(model))
        self._changed: set[str] = set()

    def capture(self, arrays: list[Array]) -> dict[str, Any]:
        """The state as JSON; arrays are appended to `arrays`."""
        found = reachable.find(self._model)
        prints = self._prints(found)
        self._changed |= {path for path, one in prints.items() if one != self._baseline.get(path)}
        variables = {path: _value(one) for path, one in found.variables.items()}
        optimizers = {path: self._slots(one) for path, one in found.optimizers.items()}
        plain = {path: _held(*found.plain[path]) for path in sorted(self._changed & prints.keys())}
        encoder = Encoder(arrays, variables, optimizers, plain)
        return {
            "variables": encoder.encode(variables),
            "optimizers": encoder.encode(optimizers),
            "plain": encoder.encode(plain),
        }

    def restore(self, state: Mapping[str, Any], array: Any) -> list[Finding]:
        """Puts a captured state back.

        Args:
            array: gives an array of the checkpoint by its number.
        """
        found = reachable.find(self._model)
        decoder = Decoder(array)
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
        for path, value in decoder.decode(state["plain"]).items():
            if path in found.plain:
                _put(*found.plain[path], value)
                self._changed.add(path)
            (attributes if path in found.plain else lost).append(path)
        return [*_told("exact", done), *self._told_of(attributes), *_told("lost", lost)]

    def _told_of(self, attributes: list[str]) -> list[Finding]:
        """A compiled step runs no Python but when it is traced, and a new process traces it anew."""
        if keras.backend.backend() == "torch" or self._model.run_eagerly:
            return _told("exact", attributes)
        return _told("approximate", attributes)

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
        pairs = list(zip(optimizer.variables, slots["values"], strict=False))
        if len(optimizer.variables) != len(slots["values"]) or not all(
            _fits(*one) for one in pairs
        ):
            return False
        for variable, value in pairs:
            _assign(variable, value)
        return True

    @staticmethod
    def _prints(found: reachable.Reachable) -> dict[str, str]:
        prints = {}
        for path, (owner, name) in found.plain.items():
            arrays: list[Array] = []
            value = _held(owner, name)
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


def _held(owner: Any, name: str) -> Any:
    """An attribute's value, without the wrappers that Keras and TensorFlow put around containers."""

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: bare(one) for key, one in value.items()}
        if isinstance(value, (list, tuple)):
            kind = tuple if isinstance(value, tuple) else list
            return kind(bare(one) for one in value)
        return value

    return bare(vars(owner)[name])


def _put(owner: Any, name: str, value: Any) -> None:
    """Sets an attribute; what others may hold too is changed in place."""
    present = vars(owner)[name]
    if isinstance(present, list) and isinstance(value, list):
        present[:] = value
    elif isinstance(present, dict) and isinstance(value, dict):
        present.clear()
        present.update(value)
    elif isinstance(present, random.Random) and isinstance(value, random.Random):
        present.setstate(value.getstate())
    elif isinstance(present, np.random.Generator) and isinstance(value, np.random.Generator):
        present.bit_generator.state = value.bit_generator.state
    else:
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
        variable.assign(value)
    elif hasattr(variable, "copy_"):
        import torch

        with torch.no_grad():
            variable.copy_(torch.from_numpy(value))
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
