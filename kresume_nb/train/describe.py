"""What a run's header says of the model and the machine."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from importlib import metadata
from typing import Any

import keras


def compile_config(model: keras.Model) -> dict[str, Any]:
    """Optimizer, loss and metrics as Keras describes them; empty if Keras cannot."""
    try:
        config = model.get_compile_config()
    except (ValueError, TypeError, NotImplementedError):  # losses or metrics without a config
        return {}
    return dict(plain(config)) if isinstance(config, Mapping) else {}


def versions() -> dict[str, str]:
    """Versions of what decides about bits."""
    backend = keras.backend.backend()
    names = ["kresume_nb", "keras", "numpy", *([backend] if backend != "tensorflow" else [])]
    found = {name: _version(name) for name in names}
    if backend == "tensorflow":
        import tensorflow as tf

        found["tensorflow"] = str(tf.__version__)
    return {"python": platform.python_version(), "backend": backend, **found}


def device() -> str:
    """The devices that Keras sees, as in `cpu:0` or `gpu:0, gpu:1`."""
    listed = keras.distribution.list_devices()
    return ", ".join(str(one) for one in listed)


def plain(value: Any) -> Any:
    """A structure with everything that JSON cannot hold replaced by its short description."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    try:
        return json.loads(json.dumps(value.item()))  # a NumPy scalar
    except (AttributeError, TypeError, ValueError):
        return type(value).__name__


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "unknown"
