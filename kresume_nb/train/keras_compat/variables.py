"""How a stored value gets into a variable."""

from __future__ import annotations

from typing import Any

import keras


def assign(variable: Any, value: Any) -> None:
    """Assigns it, such that nobody else holds the memory.

    JAX may take a NumPy array over as it lies on the CPU, without a copy. A training step writes its results
    into the memory of what it was given, and one that JAX has loaded from its cache of compiled
    programs does so into NumPy's, too (seen with JAX 0.4.34: wrong losses, then a crash).
    """
    if keras.backend.backend() == "jax":
        value = keras.ops.copy(keras.ops.convert_to_tensor(value, dtype=variable.dtype))
    variable.assign(value)
