"""What a training began from, as a digest: two that began alike, from equal data, take one course."""

from __future__ import annotations

import hashlib
from typing import Any

import keras
import numpy as np

from kresume_nb.train.state import rng

_VALUES = 256
"""Of each variable, evenly spaced."""


def digest(model: keras.Model) -> str:
    """SHA-256 over a sample of the model's variables, and over the random streams. Advances none."""
    found = hashlib.sha256()
    for variable in model.variables:
        values = np.asarray(keras.ops.convert_to_numpy(variable)).reshape(-1)
        found.update(f"{tuple(variable.shape)}{variable.dtype};".encode())
        found.update(values[:: max(1, values.size // _VALUES)].tobytes())
    _add(found, rng.capture())
    return found.hexdigest()


def _add(found: Any, value: Any) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            found.update(f"{key}:".encode())
            _add(found, item)
    elif isinstance(value, list | tuple):
        for item in value:
            _add(found, item)
    elif isinstance(value, np.ndarray):
        found.update(value.tobytes())
    else:
        found.update(f"{value};".encode())
