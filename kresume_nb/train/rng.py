"""The global random streams: Python's, NumPy's and Keras', as plain values."""

from __future__ import annotations

import random
from typing import Any

import keras
import numpy as np

from kresume_nb.train import keras_private


def capture() -> dict[str, Any]:
    """Their present state."""
    version, internal, gauss = random.getstate()
    generator = keras_private.global_seed_generator()
    return {
        "python": [version, np.array(internal, dtype=np.uint64), gauss],
        "numpy": np.random.get_state(legacy=False),
        "keras": None if generator is None else keras.ops.convert_to_numpy(generator.state).copy(),
    }


def restore(state: dict[str, Any]) -> None:
    """Puts a captured state back."""
    version, internal, gauss = state["python"]
    random.setstate((version, tuple(int(one) for one in internal), gauss))
    np.random.set_state(state["numpy"])
    if state["keras"] is not None:
        # Made when missing: that draws from Python's stream, so Python's is put back once more.
        python = random.getstate()
        keras_private.make_global_seed_generator().state.assign(state["keras"])
        random.setstate(python)
