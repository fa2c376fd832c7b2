"""The state of a run's callbacks: their own `get_state`, or their plain attributes.

What a person sets and what training changes are told apart: an attribute that never changed since
the callback was made is configuration, and the notebook's present value wins over the checkpoint's
(somebody who edits `patience=5` to `patience=10` means it). All others are restored.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from kresume_nb.errors import StateError
from kresume_nb.run.records import Finding
from kresume_nb.train.plain import Array, Decoder, Encoder, NotPlainError

_NOT_STATE = {"model", "_model", "params", "validation_data"}
_RECREATED: tuple[type, ...] = (keras.callbacks.ProgbarLogger, keras.callbacks.History)
"""A progress bar is drawn anew; History is rebuilt from the journal, so that it costs nothing to save."""


@dataclass(frozen=True, slots=True)
class Missing:
    """An attribute whose value cannot be kept."""

    callback: str
    attribute: str
    kind: str

    def __str__(self) -> str:
        return (
            f"{self.callback}.{self.attribute} (a {self.kind}) cannot be saved; give {self.callback} "
            "get_state() and set_state(state) if training changes it"
        )


class CallbackStates:
    """Captures and restores the callbacks of one run.

    Made before training begins, when every attribute still has the value that the notebook gave it.
    """

    def __init__(self, callbacks: Sequence[keras.callbacks.Callback]) -> None:
        self._callbacks = [one for one in callbacks if not isinstance(one, _RECREATED)]
        self._baseline = [self._prints(one) for one in self._callbacks]
        self._changed: list[set[str]] = [set() for _ in self._callbacks]

    def capture(self, arrays: list[Array]) -> list[dict[str, Any]]:
        """The state as JSON; arrays are appended to `arrays`.

        Raises:
            StateError: if a callback's `get_state` returns what cannot be kept.
        """
        return [self._capture(number, arrays) for number in range(len(self._callbacks))]

    def _capture(self, number: int, arrays: list[Array]) -> dict[str, Any]:
        callback, name = self._callbacks[number], type(self._callbacks[number]).__name__
        if _has_protocol(callback):
            state = callback.get_state()
            try:
                encoded = Encoder(arrays, state).encode(state)
            except NotPlainError as error:
                raise StateError(
                    f"{name}.get_state() returned a value that holds {error}. Expected None, "
                    "numbers, strings, arrays, and lists, tuples, dicts or sets of them."
                ) from None
            return {"class": name, "state": encoded}
        attributes = _attributes(callback)
        encoder = Encoder(arrays, *attributes.values())
        encoded_attributes = {}
        for attribute, value in attributes.items():
            try:
                encoded_attributes[attribute] = encoder.encode(value)
            except NotPlainError:
                continue
        self._changed[number] |= {
            attribute
            for attribute in attributes.keys() - self._changed[number]
            if _fingerprint(attributes[attribute]) != self._baseline[number].get(attribute)
        }
        changed = sorted(self._changed[number] & encoded_attributes.keys())
        return {"class": name, "attributes": encoded_attributes, "changed": changed}

    def missing(self) -> list[Missing]:
        """Attributes that cannot be kept and may be state.

        A function or class that is still the one which the notebook passed in is not: running the
        notebook's cells makes it again.
        """
        found = []
        for callback in self._callbacks:
            if _has_protocol(callback):
                continue
            for attribute, value in _attributes(callback).items():
                try:
                    Encoder([], value).encode(value)
                except NotPlainError as error:
                    if not callable(value):
                        found.append(Missing(type(callback).__name__, attribute, str(error)))
        return found

    def restore(self, states: list[dict[str, Any]], decoder_for: DecoderFactory) -> list[Finding]:
        """Puts states back into the callbacks; says of each what became of it.

        States and callbacks are matched by class, in order.
        """
        found: list[Finding] = []
        waiting = list(states)
        for number, callback in enumerate(self._callbacks):
            name = type(callback).__name__
            state = next((one for one in waiting if one["class"] == name), None)
            if state is None:
                detail = "not among the callbacks of the checkpoint; it begins anew"
                found.append(Finding(what=name, verdict="changed", detail=detail))
                continue
            waiting.remove(state)
            decoder = decoder_for()
            if "state" not in state:
                found += self._assign(number, state, decoder)
            elif _has_protocol(callback):
                callback.set_state(decoder.decode(state["state"]))
                found.append(Finding(what=name, verdict="exact", detail="by its set_state()"))
            else:
                detail = "it has no set_state() any more; its state was not restored"
                found.append(Finding(what=name, verdict="lost", detail=detail))
        gone = "no longer among the callbacks; its state was left behind"
        return found + [Finding(what=one["class"], verdict="lost", detail=gone) for one in waiting]

    def _assign(self, number: int, state: dict[str, Any], decoder: Decoder) -> list[Finding]:
        callback, edited = self._callbacks[number], []
        name = type(callback).__name__
        self._changed[number] |= set(state["changed"])
        for attribute, encoded in state["attributes"].items():
            value = decoder.decode(encoded)
            current = getattr(callback, attribute, None)
            if attribute in state["changed"]:
                _put(callback, attribute, current, value)
            elif _fingerprint(current) != _fingerprint(value):
                detail = f"{_short(current)} now, {_short(value)} in the checkpoint; yours is used"
                edited.append(Finding(what=f"{name}.{attribute}", verdict="changed", detail=detail))
        return [
            Finding(what=name, verdict="exact", detail=", ".join(state["changed"])),
            *edited,
        ]

    @staticmethod
    def _prints(callback: keras.callbacks.Callback) -> dict[str, str]:
        return {name: _fingerprint(value) for name, value in _attributes(callback).items()}


class DecoderFactory:
    """Makes a decoder over one checkpoint's arrays for each callback."""

    def __init__(self, arrays: Any) -> None:
        self._arrays = arrays

    def __call__(self) -> Decoder:
        """A new decoder: objects are shared within a callback, not between two."""
        return Decoder(self._arrays)


def _has_protocol(callback: keras.callbacks.Callback) -> bool:
    return callable(getattr(callback, "get_state", None)) and callable(
        getattr(callback, "set_state", None)
    )


def _attributes(callback: keras.callbacks.Callback) -> dict[str, Any]:
    return {name: value for name, value in vars(callback).items() if name not in _NOT_STATE}


def _fingerprint(value: Any) -> str:
    """Equal for equal values; for what cannot be kept, equal for the same object."""
    arrays: list[Array] = []
    try:
        text = json.dumps(Encoder(arrays, value).encode(value), sort_keys=True)
    except NotPlainError:
        return f"object {id(value)}"
    return text + "".join(f"{one.dtype}{one.shape}{one.tobytes().hex()}" for one in arrays)


def _put(owner: Any, attribute: str, current: Any, value: Any) -> None:
    """Sets an attribute; a list, dict or variable that others may hold too is changed in place."""
    if isinstance(current, keras.Variable) and isinstance(value, np.ndarray):
        current.assign(value)
    elif type(current) is list and type(value) is list:
        current[:] = value
    elif type(current) is dict and type(value) is dict:
        current.clear()
        current.update(value)
    else:
        setattr(owner, attribute, value)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
