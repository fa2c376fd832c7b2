"""Sources of training data.

An entry gets the `Data` that it has to deliver and returns the arguments of `fit` that do so, with
validation data of its kind. It makes everything anew: each process calls it once.
"""

from __future__ import annotations

from typing import Any

from scenarios import Data, Registry

sources = Registry()


@sources.add()
def arrays(data: Data) -> dict[str, Any]:
    """NumPy arrays."""
    return {
        "x": data.x,
        "y": data.y,
        "batch_size": data.batch,
        "validation_data": data.validation,
    }
