"""What a checkpoint keeps of one callback: its own `get_state`, or its attributes.

What a person sets and what training changes are told apart: an attribute that never changed since
the callback was made is configuration, and the notebook's present value wins over the checkpoint's
(somebody who edits `patience=5` to `patience=10` means it). All others are restored. Attributes of
the objects that a callback holds (`objects.py`) are treated as its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import keras

from kresume_nb.errors import StateError
from kresume_nb.run import codec
from kresume_nb.run.records import Finding, Verdict
from kresume_nb.train.keras_compat.variables import assign
from kresume_nb.train.state import fingerprints, matching, objects
from kresume_nb.train.state.adapters.registry import adapter_of
from kresume_nb.train.state.encoding import Array, Decoder, Encoder, NotPlainError, UnresolvedError
from kresume_nb.train.state.objects import NOT_STATE, Held


@dataclass(frozen=True, slots=True)
class Missing:
    """A value that cannot be kept, or a `get_state` that failed."""

    what: str
    """The attribute, as one would write it."""
    why: str

    def __str__(self) -> str:
        return f"{self.what} {self.why}"


def _unkeepable(owner: str, path: str, kind: str) -> Missing:
    name = owner.partition(" ")[0]
    return Missing(
        f"{owner}.{path}",
        f"(a {kind}) cannot be saved; give {name} get_state() and set_state(state) if training "
        "changes it",
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """An attribute of the callback, or of an object that it holds."""

    owner: Any
    attribute: str
    value: Any


@dataclass(frozen=True, slots=True)
class _Collected:
    """What a snapshot is about to keep of a callback."""

    held: dict[str, Held]
    changed: dict[str, Any]
    """By path."""
    refer: fingerprints.Refer


class CallbackState:
    """The state of one callback.

    Made before training begins, when every attribute still has the value that the notebook gave it.

    Args:
        label: how messages name the callback.
        others: all callbacks of the run; each keeps its own state.
    """

    def __init__(
        self,
        callback: keras.callbacks.Callback,
        label: str,
        others: Sequence[keras.callbacks.Callback],
    ) -> None:
        self.callback = callback
        self.label = label
        self.adapter = adapter_of(callback)
        self._others = others
        self._changed: set[str] = set()
        self._known: dict[str, Held] = {}
        self._known = self._survey()
        self._begun = False
        # In the same kernel a callback that has trained holds what training made of it: no edit.
        self._used = vars(callback).get("_model") is not None
        refer = fingerprints.references(self._known, self._known)
        self.made = {
            path: (fingerprints.fingerprint(place.value, refer), fingerprints.short(place.value))
            for path, place in self._places(self._known)
        }
        self._told: set[str] = set()
        self._collected: _Collected | None = None

    @property
    def name(self) -> str:
        """Of the class."""
        return type(self.callback).__name__

    @property
    def has_protocol(self) -> bool:
        """Whether the callback says itself what its state is."""
        return callable(getattr(self.callback, "get_state", None)) and callable(
            getattr(self.callback, "set_state", None)
        )

    def identity(self) -> dict[str, Any]:
        """What tells it from other callbacks, in a checkpoint as here."""
        return {
            "class": self.name,
            "module": type(self.callback).__module__,
            "made": {path: list(one) for path, one in self.made.items()},
        }

    def made_otherwise(self, state: dict[str, Any]) -> bool:
        """Whether this is a callback of Keras' that was made with other settings than then."""
        keras_own = type(self.callback).__module__.partition(".")[0] == "keras"
        return keras_own and not self._used and matching.differences(state, self.identity()) > 0

    def begin(self) -> None:
        """To be called once `on_train_begin` was: it may have made what a resume is to fill."""
        if not self._begun:
            self._begun, self._known = True, self._survey()

    def _survey(self) -> dict[str, Held]:
        return objects.survey(self.callback, self.adapter.hidden, self._others, self._known)

    def _places(self, held: dict[str, Held]) -> Iterator[tuple[str, _Place]]:
        for name, value in objects.attributes(self.callback).items():
            if name not in self.adapter.hidden and name not in NOT_STATE:
                yield name, _Place(self.callback, name, value)
        for path, one in held.items():
            for name, value in one.fields().items():
                yield f"{path}.{name}", _Place(one.value, name, value)

    # Saving

    def collect(self) -> list[Any]:
        """Takes down what is to be kept; returns the values, for `Encoder.count`."""
        self.begin()
        if self.has_protocol:
            return []
        held = self._survey()
        refer = fingerprints.references(self._known, held)
        places = dict(self._places(held))
        for path in places.keys() - self._changed:
            if fingerprints.fingerprint(places[path].value, refer) != self.made.get(path, ("",))[0]:
                self._changed.add(path)
        changed = {path: place.value for path, place in places.items() if path in self._changed}
        self._collected = _Collected(held, changed, refer)
        return list(changed.values())

    def roots(self) -> Iterator[tuple[str, Any]]:
        """(path, value) of every attribute, also of the objects that it holds."""
        yield from ((path, place.value) for path, place in self._places(self._known))

    def owners(self) -> Iterator[Any]:
        """The callback, and the objects within it whose attributes are state."""
        yield self.callback
        yield from (held.value for held in self._known.values() if held.kind == "fields")

    def refer(self, value: Any) -> str | None:
        """The path of an object that the notebook makes again."""
        return None if self._collected is None else self._collected.refer(value)

    def drop(self) -> None:
        """Lets go of what was collected."""
        self._collected = None

    def capture(self, encoder: Encoder) -> tuple[dict[str, Any], list[Missing]]:
        """The state as JSON, of what was collected. And what is missing for the first time.

        Raises:
            StateError: if `get_state` fails or returns what cannot be kept.
        """
        state: dict[str, Any] = {**self.identity(), "seam": self._of_the_adapter()}
        if self.has_protocol:
            return state | {"state": self._ask(encoder.arrays)}, []
        state |= self._attributes(encoder)
        fresh = {path: kind for path, kind in state["lost"].items() if path not in self._told}
        self._told |= fresh.keys()
        return state, [_unkeepable(self.label, path, kind) for path, kind in fresh.items()]

    def _of_the_adapter(self) -> dict[str, Any]:
        name = f"{type(self.adapter).__name__}.capture(), of the adapter of {self.label},"
        try:
            state = self.adapter.capture()
            codec.dumps(state)
        except Exception as error:
            raise StateError(
                f"{name} raised {type(error).__name__}, or what it returned cannot be kept: {error}. "
                "Expected a dict of what JSON can hold: None, numbers, strings, lists and dicts."
            ) from error
        if not isinstance(state, dict):
            raise StateError(
                f"{name} returned {state!r}. Expected a dict; an empty one if there is nothing to keep."
            )
        return state

    def _ask(self, arrays: list[Array]) -> Any:
        try:
            state = self.callback.get_state()
        except Exception as error:
            raise StateError(
                f"{self.label}.get_state() raised {type(error).__name__}: {error}. Without its "
                "state it cannot go on after a kill as though nothing had happened."
            ) from error
        try:
            return Encoder(arrays, state).encode(state)
        except NotPlainError as error:
            raise StateError(
                f"{self.label}.get_state() returned a value that holds {error}. Expected None, "
                "numbers, strings, arrays, and lists, tuples, dicts or sets of them."
            ) from None

    def _attributes(self, encoder: Encoder) -> dict[str, Any]:
        if self._collected is None:
            raise RuntimeError("collect() comes before capture()")
        collected = self._collected
        arrays, kept, lost = encoder.arrays, {}, {}
        for path, value in collected.changed.items():
            try:
                kept[path] = encoder.encode(value)
            except NotPlainError as error:
                lost[path] = str(error)
        values: dict[str, list[int]] = {}
        for one in collected.held.values():
            place = collected.refer(one.value) if one.kind == "variables" else None
            if place is not None and not self._of_the_model(one.value):
                numbers = values[place] = []
                for variable in objects.variables(one.value):
                    arrays.append(objects.numpy_of(variable))
                    numbers.append(len(arrays) - 1)
        return {"attributes": kept, "changed": sorted(kept), "lost": lost, "variables": values}

    def _of_the_model(self, value: Any) -> bool:
        """Whether an object's variables are saved with the model anyway."""
        model = self.callback.model
        if model is None:
            return False
        optimizer = model.optimizer.variables if model.optimizer is not None else []
        theirs = {id(one) for one in (*model.variables, *optimizer, *model.metrics_variables)}
        return all(id(one) in theirs for one in objects.variables(value))

    def missing(self) -> list[Missing]:
        """What cannot be kept and may be state, as far as it is there already."""
        if self.has_protocol:
            return []
        opaque = [one for one in self._survey().values() if one.kind == "opaque"]
        self._told |= {one.path for one in opaque}
        return [_unkeepable(self.label, one.path, one.name) for one in opaque]

    # Putting back

    def restore(
        self,
        state: dict[str, Any],
        array: Callable[[int], Array],
        decoder: Decoder,
        resolve: Callable[[str], Any],
        *,
        fork: bool,
    ) -> list[Finding]:
        """Puts a state back; says what became of it.

        Args:
            array: gives the arrays of the checkpoint by number.
            decoder: shares objects with those of other callbacks, the model and the data.
            resolve: gives the object of a reference that names its callback.

        Raises:
            StateError: if `set_state` fails.
        """
        self.begin()
        if "state" in state:
            findings = [self._set(state["state"], array)]
        else:
            within = decoder.with_references(
                lambda path: resolve(path) if _names_a_callback(path) else self.resolve(path)
            )
            findings = self._assign(state, array, within)
        return [*findings, *self._by_the_adapter(state.get("seam") or {}, fork=fork)]

    def _by_the_adapter(self, state: dict[str, Any], *, fork: bool) -> list[Finding]:
        try:
            told = [
                (verdict, str(detail)) for verdict, detail in self.adapter.restore(state, fork=fork)
            ]
            unknown = {verdict for verdict, _ in told}.difference(get_args(Verdict))
            if unknown:
                raise ValueError(f"of the verdicts {sorted(unknown)}, none is known")
        except Exception as error:
            raise StateError(
                f"{type(self.adapter).__name__}.restore(), of the adapter of {self.label}, raised "
                f"{type(error).__name__}, or returned something else than pairs of a verdict "
                f"({', '.join(get_args(Verdict))}) and a sentence: {error}. Repair it, or take "
                f"{self.name} out of the callbacks to go on without it."
            ) from error
        return [self._finding(verdict, detail) for verdict, detail in told]

    def _set(self, data: Any, array: Any) -> Finding:
        if not self.has_protocol:
            return self._finding(
                "lost", "it has no set_state() any more; its state was not restored"
            )
        try:
            self.callback.set_state(Decoder(array).decode(data))
        except Exception as error:
            raise StateError(
                f"{self.label}.set_state() raised {type(error).__name__}: {error}. It was given "
                "what its get_state() returned when the checkpoint was made. Repair it, or take "
                f"{self.name} out of the callbacks to go on without it."
            ) from error
        return self._finding("exact", "by its set_state()")

    def _assign(
        self, state: dict[str, Any], array: Callable[[int], Array], decoder: Decoder
    ) -> list[Finding]:
        self._changed |= set(state["changed"])
        found: list[Finding] = []
        restored = []
        for path in sorted(state["changed"], key=_depth):
            try:
                self._put(path, state["attributes"][path], decoder)
            except (UnresolvedError, LookupError) as error:
                detail = f"it refers to {error}, which is not there now"
                found.append(self._finding("lost", detail, path))
            else:
                restored.append(path)
        for path, numbers in state.get("variables", {}).items():
            if self._assign_variables(path, [array(one) for one in numbers]):
                restored.append(path)
            else:
                detail = "its variables are not those of the checkpoint; they were not put back"
                found.append(self._finding("lost", detail, path))
        for path, kind in state.get("lost", {}).items():
            detail = f"a {kind} could not be saved; it is as the notebook made it"
            found.append(self._finding("lost", detail, path))
        found += self._edits(state)
        detail = ", ".join(sorted(restored)) or "training had changed nothing of it"
        return [self._finding("exact", detail), *found]

    def resolve(self, path: str) -> Any:
        """The object that the notebook made at a path.

        Raises:
            UnresolvedError: if there is none.
        """
        if path not in self._known:
            raise UnresolvedError(f"{self.label}.{path}")
        return self._known[path].value

    def _put(self, path: str, data: Any, decoder: Decoder) -> None:
        owner, attribute = self._owner(path)
        current = getattr(owner, attribute, None)
        value = decoder.decode_into(current, data)
        if value is not current:
            object.__setattr__(owner, attribute, value)

    def _owner(self, path: str) -> tuple[Any, str]:
        """The present object that an attribute belongs to."""
        parent, dot, attribute = path.rpartition(".")
        if not dot:
            return self.callback, path
        held = self._known.get(parent)
        if held is None or held.kind != "fields":
            raise UnresolvedError(f"{self.label}.{parent}")
        return held.value, attribute

    def _assign_variables(self, path: str, values: list[Array]) -> bool:
        held = self._known.get(path)
        if held is None or held.kind != "variables":
            return False
        present = objects.variables(held.value)
        if [tuple(one.shape) for one in present] != [one.shape for one in values]:
            return False
        for variable, value in zip(present, values, strict=True):
            assign(variable, value)
        return True

    def _edits(self, state: dict[str, Any]) -> list[Finding]:
        """What the notebook sets otherwise than it did when the checkpoint was made."""
        found = []
        for path, (before, shown) in state.get("made", {}).items():
            now = self.made.get(path)
            if now is None or now[0] == before or fingerprints.OPAQUE in (now[0], before):
                continue
            if self._used and path in state.get("changed", ()):
                continue
            detail = f"{now[1]} now, {shown} in the checkpoint; "
            if path in state.get("changed", ()):
                detail += "training had changed it since, and goes on with what it had made of it"
            else:
                detail += "yours is used"
            found.append(self._finding("changed", detail, path))
        return found

    def _finding(self, verdict: Verdict, detail: str, path: str = "") -> Finding:
        what = f"{self.label}.{path}" if path else self.label
        return Finding(what=what, verdict=verdict, detail=detail)


def _names_a_callback(path: str) -> bool:
    return path.partition(":")[0].isdecimal()


def _depth(path: str) -> tuple[int, str]:
    return path.count("."), path
