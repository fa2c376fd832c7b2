"""What a run's header and its checkpoints say of the model, the call and the machine."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Any

import keras

from kresume_nb.run import codec
from kresume_nb.run.records import DataArray
from kresume_nb.train.state import layers


def training(model: keras.Model, *, epochs: int, validation: Sequence[DataArray]) -> dict[str, Any]:
    """What a later resume compares, beside the data.

    Args:
        model: built and compiled.
        validation: what tells the validation data from other data.
    """
    return {
        "architecture": layers.describe(model),
        "compile": layers.comparable(_compile_config(model)),
        "environment": environment(),
        "epochs": epochs,
        "validation": [codec.plain(one) for one in validation],
    }


def compile_config(model: keras.Model) -> dict[str, Any]:
    """Optimizer, loss and metrics as Keras describes them; empty if Keras cannot."""
    return dict(plain(_compile_config(model)))


def _compile_config(model: keras.Model) -> Mapping[str, Any]:
    try:
        config = model.get_compile_config()
    except Exception:  # noqa: BLE001  # losses, metrics or schedules without a config
        return {}
    return config if isinstance(config, Mapping) else {}


def learning_rate(compiled: Mapping[str, Any]) -> Any:
    """The optimizer's setting in what `training` says of `compile`: a number, or a schedule."""
    config = compiled.get("optimizer")
    while isinstance(config, Mapping):
        if "learning_rate" in config:
            return config["learning_rate"]
        config = config.get("config", config.get("inner_optimizer"))
    return None


def environment() -> dict[str, Any]:
    """What decides about bits beside the program."""
    return {
        "versions": versions(),
        "device": device(),
        "floatx": keras.config.floatx(),
        "dtype policy": keras.config.dtype_policy().name,
        "flags": determinism(),
    }


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
    if keras.backend.backend() != "torch":
        return ", ".join(str(one) for one in keras.distribution.list_devices())
    import torch  # Keras cannot list its devices

    gpus = [f"gpu:{number}" for number in range(torch.cuda.device_count())]
    return ", ".join(gpus) or ("mps:0" if torch.backends.mps.is_available() else "cpu:0")


def determinism() -> dict[str, bool | str]:
    """The backend's switches that decide whether the same operations give the same bits."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        from kresume_nb.train.keras_compat import tensorflow_private

        return {"op determinism": tensorflow_private.op_determinism()}
    if backend == "jax":
        import jax

        flags = os.environ.get("XLA_FLAGS", "")
        return {
            "xla_gpu_deterministic_ops": "xla_gpu_deterministic_ops=true" in flags,
            "jax_enable_x64": bool(jax.config.jax_enable_x64),
            "jax_default_matmul_precision": str(jax.config.jax_default_matmul_precision),
        }
    import torch

    return {
        "deterministic algorithms": bool(torch.are_deterministic_algorithms_enabled()),
        "cudnn.benchmark": bool(torch.backends.cudnn.benchmark),
    }


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
