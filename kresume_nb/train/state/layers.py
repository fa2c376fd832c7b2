"""A model layer by layer, as plain values: what a resume compares, and finds its variables by.

Names that Keras numbers anew whenever a cell runs again, seeds that it draws, and values of
initializers (the checkpoint's weights replace them) are left out, so that the same cells always give
the same description. The code of custom layers, losses and lambdas is not compared.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np

_VOLATILE = ("name", "seed", "shared_object_id", "build_config", "registered_name", "module")
SEED = "seed_generator_state"
"""Keras' name of the variable behind a layer's random numbers."""

_LONG = 40
"""Lists and strings longer than this (a vocabulary) are described by their length and digest."""


def describe(model: keras.Model) -> dict[str, Any]:
    """The layers in order, how they are connected, and which variables of a checkpoint are whose.

    A variable is known by its place in the checkpoint's list: the model's own first, then the
    optimizer's, then the metrics'.
    """
    places = {id(one): number for number, one in enumerate(model.variables)}
    layers = [
        {
            "name": name,
            "class": type(layer).__name__,
            "settings": _settings(layer),
            "variables": [_variable(one, name, places[id(one)]) for one in held],
        }
        for name, layer, held in _walk(model, "", set())
        if all(id(one) in places for one in held)
    ]
    optimizer = model.optimizer.variables if model.optimizer is not None else []
    return {
        "layers": layers,
        "graph": _graph(model),
        "variables": len(places),
        "optimizer": len({id(one) for one in optimizer} - places.keys()),
    }


def as_made(
    described: dict[str, Any],
    first: Mapping[str, Any] | None,
    before: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A description as it would be if no callback had changed a layer.

    A resume compares with a model that no callback has seen. They freeze and thaw layers, and set
    rates, and may do so before the first step has built what is described after it.

    Args:
        described: the layers as they are now.
        first: as they were before any callback ran; None if nobody looked.
        before: as they were when the callbacks had run and the first step had not, if that built them.
    """
    known, built = _by_name(first), _by_name(before)
    layers = []
    for layer in described["layers"]:
        key = layer["name"], layer["class"]
        if key in known:
            layers.append(_layer_as_made(layer, known[key], built.get(key)))
        else:
            layers.append(layer)
    return {**described, "layers": layers}


def _by_name(described: Mapping[str, Any] | None) -> dict[tuple[str, str], Any]:
    return {(one["name"], one["class"]): one for one in (described or {}).get("layers", ())}


def _layer_as_made(layer: dict[str, Any], first: Any, before: Any) -> dict[str, Any]:
    variables, earlier, settings = layer["variables"], first["variables"], layer["settings"]
    known = len(variables) == len(earlier)
    if known:
        pairs = zip(variables, earlier, strict=True)
        variables = [{**now, "trainable": then["trainable"]} for now, then in pairs]
    if before is not None:
        settings = _reverted(settings, first["settings"], before["settings"])
    elif known:  # nothing was built since
        settings = _reverted(settings, first["settings"], settings)
    return {**layer, "settings": settings, "variables": variables}


def _reverted(now: Any, first: Any, changed: Any) -> Any:
    """Settings, but the first value of each that is another in `changed`."""
    if all(isinstance(one, Mapping) for one in (now, first, changed)):
        return {
            key: _reverted(one, first[key], changed[key])
            if key in first and key in changed
            else one
            for key, one in now.items()
        }
    return now if first == changed else first


def _walk(
    model: keras.Model, path: str, seen: set[int]
) -> Iterator[tuple[str, keras.layers.Layer, list[keras.Variable]]]:
    """Each layer with the variables that no layer before it held; last, the model's own."""
    for layer in model.layers:
        name = f"{path}{layer.name}"
        if isinstance(layer, keras.Model):
            yield from _walk(layer, f"{name}/", seen)
        elif id(layer) not in seen:
            seen.add(id(layer))
            yield name, layer, _unseen(layer, seen)
    own = _unseen(model, seen)
    if own:
        yield f"{path}{model.name}", model, own


def _unseen(layer: keras.layers.Layer, seen: set[int]) -> list[keras.Variable]:
    held = [one for one in layer.variables if id(one) not in seen]
    seen.update(id(one) for one in held)
    return held


def _variable(variable: keras.Variable, layer: str, place: int) -> dict[str, Any]:
    _, found, tail = variable.path.rpartition(f"{layer.rpartition('/')[2]}/")
    return {
        "name": variable.name if _is_seed(variable) else tail if found else variable.path,
        "shape": [int(one) for one in variable.shape],
        "dtype": keras.backend.standardize_dtype(variable.dtype),
        "trainable": bool(variable.trainable),
        "place": place,
    }


def _is_seed(variable: keras.Variable) -> bool:
    return bool(variable.name == SEED)


def _settings(layer: keras.layers.Layer) -> dict[str, Any]:
    if isinstance(layer, keras.Model):
        return {}  # its layers say it
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of lambdas; saving the model warns of them
            config = layer.get_config()
    except Exception:  # noqa: BLE001  # a custom layer without one
        return {}
    settings = comparable({key: value for key, value in config.items() if key != "dtype"})
    return {**settings, "dtype": layer.dtype_policy.name}


def comparable(value: Any) -> Any:
    """A configuration as JSON, without what differs each time the same cells run."""
    if isinstance(value, Mapping):
        return _comparable_object(value)
    if isinstance(value, np.ndarray) or keras.ops.is_tensor(value):
        array = np.asarray(keras.ops.convert_to_numpy(value))
        return f"array {array.shape} {_digest(array.tobytes())}"
    if isinstance(value, list | tuple | set | frozenset):
        items = [comparable(one) for one in value]
        long = len(items) > _LONG
        return f"{len(items)} items {_digest(json.dumps(items).encode())}" if long else items
    if isinstance(value, str) and len(value) > 5 * _LONG:
        return f"{value[:_LONG]}… {_digest(value.encode())}"
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    return getattr(value, "__name__", type(value).__name__)


def _comparable_object(value: Mapping[Any, Any]) -> Any:
    """A dict; one of an object as Keras serializes it is as short as it can be."""
    if value.get("class_name") == "__lambda__":
        return "a lambda"
    kept = {
        str(key): one
        for key, one in value.items()
        if key not in _VOLATILE and not str(key).endswith("_initializer")
    }
    if set(kept) == {"class_name", "config"}:
        if not kept["config"]:
            return kept["class_name"]
        if kept["class_name"] == "function":
            return kept["config"]
        if kept["class_name"] == "DTypePolicy":
            return value["config"].get("name")
    return {key: comparable(one) for key, one in kept.items()}


def _graph(model: keras.Model) -> str | None:
    """Digest of what feeds what, in a model of the functional API; None for others."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            config = model.get_config()
            nodes = config["layers"]
            order = {node["config"]["name"]: number for number, node in enumerate(nodes)}
            edges = [[node["class_name"], _edges(node["inbound_nodes"], order)] for node in nodes]
            edges += [_ends(config[name], order) for name in ("input_layers", "output_layers")]
    except Exception:  # noqa: BLE001  # a model of another kind, or one that Keras cannot describe
        return None
    return _digest(json.dumps(edges).encode())


def _edges(value: Any, order: Mapping[str, int]) -> Any:
    if isinstance(value, Mapping):
        if value.get("class_name") == "__keras_tensor__":
            name, node, tensor = value["config"]["keras_history"]
            return {"of": order[name], "node": node, "tensor": tensor}
        return {str(key): _edges(one, order) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_edges(one, order) for one in value]
    return comparable(value)


def _ends(value: Any, order: Mapping[str, int]) -> Any:
    """A model's inputs or outputs, of which each is a layer's name and two numbers."""
    if isinstance(value, Mapping):
        return {str(key): _ends(one, order) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_ends(one, order) for one in value]
    return order.get(value, value) if isinstance(value, str) else value


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
