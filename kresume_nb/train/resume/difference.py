"""What changed between a checkpoint's facts and those of the present call: pure.

Facts are plain values: those of the data, and under `training` the model layer by layer
(`layers.py`), the arguments of `compile` and the environment (`describe.py`). A checkpoint that does
not say something (an older version wrote it) is not compared in it, and that is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from kresume_nb.run import codec
from kresume_nb.run.records import Finding

_LABELS = {"kind": "kind of data", "order": "version of the batch order"}
_WRONG = {"loss": "loss", "loss_weights": "loss weights"}
"""Arguments of `compile` with which it would be another training."""
_HARMLESS = {
    "metrics": "metrics",
    "weighted_metrics": "weighted metrics",
    "jit_compile": "jit_compile",
    "steps_per_execution": "steps_per_execution",
    "run_eagerly": "run_eagerly",
    "auto_scale_loss": "auto_scale_loss",
}
Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pair:
    """A layer then and the layer now that stands in its place; one of them is None where it has none."""

    then: Facts | None
    now: Facts | None

    @property
    def shared(self) -> list[tuple[int, int]]:
        """Places of the variables, then and now, whose values fit."""
        if self.then is None or self.now is None:
            return []
        both = zip(self.then["variables"], self.now["variables"], strict=False)
        return [
            (old["place"], new["place"])
            for old, new in both
            if (old["shape"], old["dtype"]) == (new["shape"], new["dtype"])
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What changed, by what it means for a resume."""

    architecture: list[Finding] = field(default_factory=list)
    objective: list[Finding] = field(default_factory=list)
    """The optimizer's class, the loss."""
    data: list[Finding] = field(default_factory=list)
    harmless: list[Finding] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    """The layers, matched; empty if the checkpoint does not say its layers."""
    optimizer_fits: bool = True

    @property
    def wrong(self) -> list[Finding]:
        """Everything that a resume in place must not pass over."""
        return [*self.architecture, *self.objective, *self.data]


def compare(then: Facts, now: Facts, *, same_kernel: bool = False) -> Difference:
    """What is different now.

    Args:
        same_kernel: as `data_differences` takes it.
    """
    now = codec.parse(codec.dumps(now))  # as the checkpoint's facts came back: no tuples
    old, new = then.get("training"), now["training"]
    data = data_differences(then, now, same_kernel=same_kernel)
    if old is None:
        detail = (
            "this checkpoint does not say its layers, compile arguments and environment, so they "
            "were not compared; the variables were"
        )
        unsaid = Finding(what="comparison with then", verdict="approximate", detail=detail)
        return Difference(data=data, harmless=[unsaid])
    pairs = match(old["architecture"]["layers"], new["architecture"]["layers"])
    architecture = [one for pair in pairs for one in _layer(pair)]
    graphs = old["architecture"]["graph"], new["architecture"]["graph"]
    if not architecture and None not in graphs and graphs[0] != graphs[1]:
        architecture.append(_changed("connections", "the layers are connected in another way"))
    objective, harmless = _compile(old["compile"], new["compile"])
    return Difference(
        architecture=architecture,
        objective=objective,
        data=data,
        harmless=harmless + _call(old, new) + _environment(old["environment"], new["environment"]),
        pairs=pairs,
        optimizer_fits=not architecture and _class(old["compile"]) == _class(new["compile"]),
    )


def match(then: list[Facts], now: list[Facts]) -> list[Pair]:
    """The layers of two models, each with the one that stands in its place.

    Equal ones first, in order; what lies between them by name and class, then by class, since Keras
    numbers the names of layers without one whenever a cell runs again.
    """
    old, new = [_signature(one) for one in then], [_signature(one) for one in now]
    pairs: list[Pair] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            pairs += [Pair(*both) for both in zip(then[a:b], now[c:d], strict=True)]
        else:
            pairs += _between(then[a:b], now[c:d])
    return pairs


def _between(then: list[Facts], now: list[Facts]) -> list[Pair]:
    waiting = list(then)
    pairs: list[Pair] = []
    for one in now:
        alike = [old for old in waiting if old["class"] == one["class"]]
        named = [old for old in alike if old["name"] == one["name"]]
        found = next(iter(named or alike), None)
        if found is not None:
            waiting.remove(found)
        pairs.append(Pair(found, one))
    return pairs + [Pair(old, None) for old in waiting]


def _signature(layer: Facts) -> str:
    variables = [(one["shape"], one["dtype"]) for one in layer["variables"]]
    return repr((layer["class"], sorted(_flat(layer["settings"]).items(), key=str), variables))


def _layer(pair: Pair) -> list[Finding]:
    if pair.then is None:
        return [_alone(pair.now, "not there then")]
    if pair.now is None:
        return [_alone(pair.then, "not there now")]
    if _signature(pair.then) == _signature(pair.now):
        return []
    settings = _unequal(_flat(pair.then["settings"]), _flat(pair.now["settings"]))
    parts = [f"{key}: {was} then, {now} now" for key, was, now in settings]
    old, new = pair.then["variables"], pair.now["variables"]
    for number in range(max(len(old), len(new))):
        was = old[number] if number < len(old) else None
        now = new[number] if number < len(new) else None
        before, after = (_shape(one) if one else "nothing" for one in (was, now))
        if before != after:
            parts.append(f"{(now or was or {}).get('name')}: {before} then, {after} now")
    return [_changed(_named(pair.now), "; ".join(parts))]


def _alone(layer: Facts | None, why: str) -> Finding:
    held = layer["variables"] if layer else []
    shapes = ", ".join(f"{one['name']} {_shape(one)}" for one in held)
    return _changed(_named(layer or {}), f"{why}{f' ({shapes})' if shapes else ''}")


def _compile(old: Facts, new: Facts) -> tuple[list[Finding], list[Finding]]:
    """Of `compile`'s arguments: those that make another training, and the others."""
    if not old or not new:  # losses or metrics that Keras cannot describe
        return [], []
    wrong: list[Finding] = []
    harmless: list[Finding] = []
    before, after = old.get("optimizer"), new.get("optimizer")
    if _class(old) != _class(new):
        wrong.append(_changed("optimizer", f"{_class(old)} then, {_class(new)} now"))
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        # The rate is state as much as a setting: `report.learning_rate` decides about it.
        for key, was, now in _unequal(_flat(before), _flat(after)):
            name = key.removeprefix("config.")
            if name.rpartition(".")[2] == "learning_rate" and _numbers(before, after, key):
                continue
            scheduled = "learning_rate." in name and not name.endswith("class_name")
            deep = name.endswith(("class_name", "learning_rate")) and not scheduled
            found = wrong if deep else harmless
            found.append(_changed(f"optimizer's {name}", f"{was} then, {now} now"))
    for names, found in ((_WRONG, wrong), (_HARMLESS, harmless)):
        for key, label in names.items():
            if key in old and key in new and old[key] != new[key]:
                found.append(_changed(label, f"{_short(old[key])} then, {_short(new[key])} now"))
    return wrong, harmless


def _numbers(before: Facts, after: Facts, key: str) -> bool:
    """Whether a setting is a number both times; a rate may be a schedule."""
    return all(isinstance(_flat(one).get(key), int | float) for one in (before, after))


def _class(config: Facts) -> Any:
    optimizer = config.get("optimizer")
    return optimizer.get("class_name") if isinstance(optimizer, Mapping) else optimizer


def _call(old: Facts, new: Facts) -> list[Finding]:
    found = []
    if old["epochs"] != new["epochs"]:
        found.append(_changed("epochs", f"{old['epochs']} then, {new['epochs']} now"))
    if old.get("validation") != new.get("validation"):
        detail = "other data than then; curves before and after do not compare"
        found.append(_changed("validation data", detail))
    return found


def of_environment(then: Facts, now: Facts) -> list[Finding]:
    """What is different in versions, devices and flags only."""
    old, new = then.get("training"), now["training"]
    return [] if old is None else _environment(old["environment"], new["environment"])


def _environment(old: Facts, new: Facts) -> list[Finding]:
    return [
        _changed(key.removeprefix("versions.").removeprefix("flags."), f"{was} then, {now} now")
        for key, was, now in _unequal(_flat(old), _flat(new))
    ]


def data_differences(then: Facts, now: Facts, *, same_kernel: bool = False) -> list[Finding]:
    """How the training data and its batches differ, in what the checkpoint says of them.

    Args:
        same_kernel: the process that took the checkpoint compares. A data set that it reads may have
            been changed by training, in its order for one, and will be put back: only what is in
            memory is compared by its contents.
    """
    then = {"kind": "arrays", **then}  # before it was said there were no others
    contents = not same_kernel or then["kind"] == "arrays"
    found = []
    for name in then:
        if name in ("data", "seed", "training") or then.get(name) == now.get(name):
            continue
        if name == "batches" and then.get("batch_size") != now.get("batch_size"):
            continue  # which follows from that
        detail = f"{then.get(name)!r} then, {now.get(name)!r} now"
        found.append(_changed(_LABELS.get(name, name), detail))
    saved = {one["name"]: one for one in then.get("data", [])}
    for one in now.get("data", []):
        old = saved.pop(one["name"], None)
        if old is None:
            found.append(_changed(one["name"], "not there then"))
        elif _shape(old) != _shape(one):
            found.append(_changed(one["name"], f"{_shape(old)} then, {_shape(one)} now"))
        elif contents and len({old["digest"], one["digest"]} - {""}) > 1:
            found.append(_changed(one["name"], "other contents than then"))
    return found + [_changed(name, "not there now") for name in saved]


def _unequal(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (key, _short(old.get(key)), _short(new.get(key)))
        for key in dict.fromkeys([*old, *new])
        if old.get(key) != new.get(key)
    ]


def _flat(value: Any, prefix: str = "") -> dict[str, Any]:
    if not isinstance(value, Mapping):
        return {prefix or "value": list(value) if isinstance(value, tuple) else value}
    flat: dict[str, Any] = {}
    for key, one in value.items():
        flat.update(_flat(one, f"{prefix}.{key}" if prefix else str(key)))
    return flat


def _named(layer: Facts) -> str:
    return f"layer {layer.get('name')} ({layer.get('class')})"


def _shape(one: Facts) -> str:
    return f"{one['dtype']} {tuple(one['shape'])}"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _changed(what: str, detail: str) -> Finding:
    return Finding(what=what, verdict="changed", detail=detail)
