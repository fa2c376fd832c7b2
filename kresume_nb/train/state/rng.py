"""The global random streams: Python's, NumPy's, Keras', TensorFlow's and torch's, as plain values.

A library's streams are looked at when it is loaded, whichever backend Keras uses: a torch
`DataLoader` draws from torch's under TensorFlow, too. JAX has none, its keys are values.
"""

from __future__ import annotations

import random
import sys
from importlib.util import find_spec
from typing import Any

import keras
import numpy as np

from kresume_nb.train.keras_compat import keras_private, keras_versions
from kresume_nb.train.keras_compat.variables import assign


def capture() -> dict[str, Any]:
    """Their present state. Advances none of them, and makes none."""
    generator = keras_private.global_seed_generator()
    return {
        "python": _python_state(random.getstate()),
        "numpy": np.random.get_state(legacy=False),
        "keras": None if generator is None else keras.ops.convert_to_numpy(generator.state).copy(),
        "tensorflow": _capture_tensorflow() if "tensorflow" in sys.modules else None,
        "torch": _capture_torch() if "torch" in sys.modules else None,
    }


def restore(state: dict[str, Any]) -> None:
    """Puts a captured state back, but for what `lost` names."""
    np.random.set_state(state["numpy"])
    if state["keras"] is not None:
        # Made when missing: that draws from Python's stream, so Python's comes later.
        generator = keras_private.make_global_seed_generator()
        if generator is not None:
            assign(generator.state, state["keras"])
    if state.get("tensorflow") is not None and _installed("tensorflow"):
        _restore_tensorflow(state["tensorflow"])
    if state.get("torch") is not None and _installed("torch"):
        _restore_torch(state["torch"])
    random.setstate(_python_tuple(state["python"]))


def lost(state: dict[str, Any]) -> list[str]:
    """What of a captured state cannot be put back in this process, as sentences for a person."""
    found = [
        f"{library} is no longer installed; its random streams are left out"
        for library in ("tensorflow", "torch")
        if state.get(library) is not None and not _installed(library)
    ]
    found += keras_versions.lost("get_global_attribute", "global_seed_generator")
    torch_state = state.get("torch")
    if torch_state is not None and _installed("torch"):
        then, now = len(torch_state["cuda"]), _cuda_devices()
        if then > now:
            found.append(
                f"torch's random streams of {then} CUDA devices were saved, and there are {now}; "
                "those of the others are left out"
            )
        if torch_state["mps"] is not None and not _uses_mps():
            found.append("torch's random stream of an MPS device was saved, and there is none")
    return found


class Unrecoverable:
    """Finds what a model's training step draws at random from a state that nobody can read."""

    def __init__(self, model: keras.Model) -> None:
        self._model = model
        self._graphs = 0
        self._sentences: list[str] = []

    def sentences(self) -> list[str]:
        """For a person; empty where everything can be put back, and before the first step."""
        if keras.backend.backend() != "tensorflow":
            return []
        from kresume_nb.train.keras_compat import tensorflow_private

        step = getattr(self._model, "train_function", None)
        graphs = tensorflow_private.traced(getattr(step, "kresume_inner", step))
        if len(graphs) != self._graphs:  # looking through them takes a while
            self._graphs = len(graphs)
            self._sentences = [
                f"the training step draws from {operation}, an operation of tf.random whose state "
                "TensorFlow does not show: its stream began anew. keras.random with a SeedGenerator "
                "and tf.random.stateless_… go on exactly"
                for operation in tensorflow_private.stateful_random_ops(graphs)
            ]
        return self._sentences


def _capture_tensorflow() -> dict[str, Any]:
    from kresume_nb.train.keras_compat import tensorflow_private

    stream, generator = tensorflow_private.eager_stream(), tensorflow_private.global_generator()
    return {
        "seed": tensorflow_private.global_seed(),
        "eager": None if stream is None else _python_state(stream.getstate()),
        "generator": None
        if generator is None
        else [int(generator.algorithm), np.array(generator.state)],
    }


def _restore_tensorflow(state: dict[str, Any]) -> None:
    import tensorflow as tf

    from kresume_nb.train.keras_compat import tensorflow_private

    if state["seed"] is not None:
        tf.random.set_seed(state["seed"])
    stream = tensorflow_private.eager_stream()
    if stream is not None and state["eager"] is not None:
        stream.setstate(_python_tuple(state["eager"]))
    if state["generator"] is not None:
        algorithm, value = state["generator"]
        generator = tensorflow_private.global_generator()
        if generator is not None and int(generator.algorithm) == algorithm:
            generator.reset(value)  # functions may hold this one
        else:
            tf.random.set_global_generator(tf.random.Generator.from_state(value, algorithm))


def _capture_torch() -> dict[str, Any]:
    import torch

    cuda = torch.cuda.is_initialized()  # before, no generator of its has been used
    return {
        "cpu": torch.get_rng_state().numpy().copy(),
        "cuda": [one.numpy().copy() for one in torch.cuda.get_rng_state_all()] if cuda else [],
        "mps": torch.mps.get_rng_state().numpy().copy() if _uses_mps() else None,
    }


def _restore_torch(state: dict[str, Any]) -> None:
    import torch

    torch.set_rng_state(torch.from_numpy(state["cpu"]))
    for number, one in enumerate(state["cuda"][: _cuda_devices()]):
        torch.cuda.set_rng_state(torch.from_numpy(one), number)
    if state["mps"] is not None and _uses_mps():
        torch.mps.set_rng_state(torch.from_numpy(state["mps"]))


def _cuda_devices() -> int:
    import torch

    return int(torch.cuda.device_count())


def _uses_mps() -> bool:
    import torch

    return bool(torch.backends.mps.is_available())


def _installed(library: str) -> bool:
    return library in sys.modules or find_spec(library) is not None


def _python_state(state: tuple[Any, ...]) -> list[Any]:
    version, internal, gauss = state
    return [version, np.array(internal, dtype=np.uint64), gauss]


def _python_tuple(state: list[Any]) -> tuple[Any, ...]:
    version, internal, gauss = state
    return version, tuple(int(one) for one in internal), gauss
