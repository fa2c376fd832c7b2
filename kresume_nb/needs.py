"""What a checkpoint's model needs of this session before it can be loaded.

Keras looks for classes and functions that are not its own among `custom_objects` and those
registered with it, one after the other, and gives up at the first that it does not find. Here all
are named at once, each with how to pass it. Nothing is imported and nothing is run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from kresume_nb.errors import (
    CorruptCheckpointError,
    CorruptRecordError,
    MissingObjectsError,
    UnsafeModelError,
)
from kresume_nb.run import codec, limits
from kresume_nb.run.container import LEFT_OUT, ContainerReader

_CONFIG = "config.json"
_DEEPEST = 200
"""Nesting of a configuration; Keras goes through it by recursion."""
_LIBRARIES = ("keras", "keras_hub", "keras_cv", "keras_nlp")
_COMPILATION = "the compilation"
_PLACES = {
    "optimizer": "the optimizer",
    "loss": "the loss",
    "metrics": "a metric",
    "weighted_metrics": "a metric",
}


@dataclass(frozen=True, slots=True)
class Need:
    """A class or function that the model's configuration names."""

    name: str
    """Under which Keras looks for it."""
    kind: str
    of: str
    """Who needs it: a layer's name, the loss."""
    lambda_: bool = False


def check(path: Path, custom_objects: Mapping[str, Any], epoch: int | None) -> dict[str, Any]:
    """Says what loading the model would lack.

    Args:
        path: a checkpoint.
        custom_objects: what is passed to Keras.
        epoch: as `Run.load_model` was asked for it, to say how to ask again.

    Returns:
        The model's configuration.

    Raises:
        MissingObjectsError, UnsafeModelError: if it cannot be loaded.
        CorruptCheckpointError: if it cannot be read.
    """
    with ContainerReader(path) as container:
        config = _parsed(path, container.read(_CONFIG, limits.CONFIG))
    run = path.parent.parent.name
    asked = "" if epoch is None else f"{epoch}, "
    if isinstance(config, Mapping) and LEFT_OUT in config:
        passed = "model" if epoch is None else f"model, {epoch}"
        raise MissingObjectsError(
            f"{run}: {path.name} holds weights and state, but no model: Keras could not serialize it "
            f"({config[LEFT_OUT]}). Make the model as the notebook does and put the weights into it: "
            f"load_weights({passed}). For a file that holds the model, give its class a get_config "
            "that returns the arguments of __init__."
        )
    needs = list(dict.fromkeys(_needs(config, "the model")))
    lambdas = [one for one in needs if one.lambda_]
    if lambdas:
        where = ", ".join(dict.fromkeys(one.of for one in lambdas))
        raise UnsafeModelError(
            f"{run}: {path.name} holds the code of a lambda, of {where}. Loading it would run code "
            "from the file, which Keras' safe mode refuses. Use a function of your own in its place "
            "(registered with @keras.saving.register_keras_serializable()), or build the model as "
            "the notebook does and go on with kr.fit, which runs nothing from the file. If you "
            f"trust whoever wrote it: keras.saving.load_model({str(path)!r}, safe_mode=False)."
        )
    missing = {one.name: one for one in needs if not _known(one, custom_objects)}
    if not missing:
        return config
    width = max(len(name) for name in missing)
    lines = "\n".join(
        f"  {name.ljust(width)}  a {one.kind}, of {one.of}" for name, one in missing.items()
    )
    passed = ", ".join(f"{name!r}: {name.rpartition('>')[2]}" for name in missing)
    raise MissingObjectsError(
        f"{run}: {path.name} needs {len(missing)} of your own classes or functions that this "
        f"session does not know:\n\n{lines}\n\n"
        "Run the cell that defines them, then pass them: "
        f"load_model({asked}custom_objects={{{passed}}}). Or put "
        "@keras.saving.register_keras_serializable() above each definition; then running its cell "
        "is enough."
    )


def _parsed(path: Path, content: bytes) -> dict[str, Any]:
    try:
        config = codec.parse(content)
        limits.check_depth(config, _DEEPEST)
    except CorruptRecordError as error:
        raise CorruptCheckpointError(f"{path}: {_CONFIG}: {error}") from error
    return config


def _needs(value: Any, of: str) -> Iterator[Need]:
    if isinstance(value, list):
        for one in value:
            yield from _needs(one, of)
        return
    if not isinstance(value, Mapping):
        return
    if "class_name" in value and "config" in value:
        yield from _object(value, of)
        of = _owner(value, of)
    for key, one in value.items():
        yield from _needs(one, _part(str(key), of))


def _part(key: str, of: str) -> str:
    if key == "compile_config":
        return _COMPILATION
    return _PLACES.get(key, of) if of == _COMPILATION else of


def _object(value: Mapping[str, Any], of: str) -> Iterator[Need]:
    name, module = value["class_name"], value.get("module")
    if name == "__lambda__":
        yield Need("lambda", "lambda", of, lambda_=True)
        return
    if not isinstance(name, str) or name.startswith("__"):  # tensors, slices and the like
        return
    if str(module).partition(".")[0] in _LIBRARIES:
        return
    if name == "function":
        if isinstance(value["config"], str):
            yield Need(value["config"], "function", of)
        return
    yield Need(str(value.get("registered_name") or name), "class", _owner(value, of))


def _owner(value: Mapping[str, Any], of: str) -> str:
    """A layer is known by its name; what it holds (an initializer), by the layer's."""
    config = value["config"]
    layer = "build_config" in value or "inbound_nodes" in value
    return f"layer {config.get('name')!r}" if layer and isinstance(config, Mapping) else of


def _known(need: Need, custom_objects: Mapping[str, Any]) -> bool:
    if keras.saving.get_registered_object(need.name, custom_objects=dict(custom_objects)):
        return True
    if need.kind != "function":
        return False
    places = (keras.activations, keras.losses, keras.metrics, keras.initializers, keras.ops)
    return any(hasattr(place, need.name) for place in places)
