"""Random generators that people hold: their state as plain values, and put back into a generator.

NumPy's `Generator` and `RandomState`, Python's `random.Random`, torch's `Generator`, Keras'
`SeedGenerator` and TensorFlow's `Generator`. A library is looked at only if it is loaded.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from kresume_nb.train.keras_compat.variables import assign

BIT_GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")
"""Those that a checkpoint may name."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of generator."""

    tag: str
    """What its state is called in JSON."""
    read: Callable[[Any], Any]
    """A generator's state: plain values and arrays, independent of the generator."""
    write: Callable[[Any, Any], None]
    """Gives a generator such a state. Raises ValueError if it is of another algorithm."""
    make: Callable[[Any], Any]
    """A new generator with such a state."""


def kind_of(value: Any) -> Kind | None:
    """The kind of a generator; None for anything else."""
    known = _KINDS.get(type(value))
    if known is not None:
        return known
    if isinstance(value, keras.random.SeedGenerator):
        return _SEEDS
    for library, name, kind in (("torch", "Generator", _TORCH), ("tensorflow", "", _TENSORFLOW)):
        module = sys.modules.get(library)
        if module is None:
            continue
        of_library = getattr(module, name, None) if name else _tensorflow_generator(module)
        if of_library is not None and isinstance(value, of_library):
            return kind
    return None


def _tensorflow_generator(module: Any) -> Any:
    return getattr(getattr(module, "random", None), "Generator", None)


def with_tag(tag: str) -> Kind | None:
    """The kind whose state has this tag."""
    return next((kind for kind in _EVERY if kind.tag == tag), None)


def is_stream(value: Any) -> bool:
    """Whether a value is a random generator."""
    return kind_of(value) is not None


def state_of(value: Any) -> Any:
    """A generator's state, independent of it."""
    kind = kind_of(value)
    if kind is None:
        raise TypeError(f"{type(value)} is no random generator")
    return kind.read(value)


def put(value: Any, state: Any) -> None:
    """Gives a generator a state."""
    kind = kind_of(value)
    if kind is None:
        raise TypeError(f"{type(value)} is no random generator")
    kind.write(value, state)


def _set_bits(generator: Any, state: Any) -> None:
    generator.bit_generator.state = state


def _new_generator(state: Any) -> np.random.Generator:
    name = state["bit_generator"]
    if name not in BIT_GENERATORS:
        raise TypeError(f"the unknown bit generator {name!r}")
    bits = getattr(np.random, name)()
    bits.state = state
    return np.random.Generator(bits)


def _new_random_state(state: Any) -> np.random.RandomState:
    made = np.random.RandomState()
    made.set_state(state)
    return made


def _new_random(state: Any) -> random.Random:
    made = random.Random()
    made.setstate(_tuples(state))
    return made


def _tuples(state: Any) -> tuple[Any, ...]:
    version, internal, gauss = state
    return version, tuple(int(word) for word in internal), gauss


def _write_torch(generator: Any, state: Any) -> None:
    import torch

    generator.set_state(torch.from_numpy(np.array(state, dtype=np.uint8)))


def _new_torch(state: Any) -> Any:
    import torch

    made = torch.Generator()
    _write_torch(made, state)
    return made


def _new_seeds(state: Any) -> keras.random.SeedGenerator:
    made = keras.random.SeedGenerator(0)
    assign(made.state, state)
    return made


def _write_tensorflow(generator: Any, state: Any) -> None:
    algorithm, value = state
    if int(generator.algorithm) != algorithm:
        raise ValueError(f"a generator of algorithm {algorithm}")
    generator.reset(np.array(value))


def _new_tensorflow(state: Any) -> Any:
    import tensorflow as tf

    algorithm, value = state
    return tf.random.Generator.from_state(np.array(value), algorithm)


_RANDOM = Kind(
    "$random",
    lambda stream: stream.getstate(),
    lambda stream, state: stream.setstate(_tuples(state)),
    _new_random,
)
_GENERATOR = Kind(
    "$generator", lambda stream: dict(stream.bit_generator.state), _set_bits, _new_generator
)
_STATE = Kind(
    "$randomstate",
    lambda stream: dict(stream.get_state(legacy=False)),
    lambda stream, state: stream.set_state(state),
    _new_random_state,
)
_TORCH = Kind(
    "$torchgenerator",
    lambda stream: stream.get_state().cpu().numpy().copy(),
    _write_torch,
    _new_torch,
)
_SEEDS = Kind(
    "$seedgenerator",
    lambda stream: np.array(keras.ops.convert_to_numpy(stream.state)),
    lambda stream, state: assign(stream.state, state),
    _new_seeds,
)
_TENSORFLOW = Kind(
    "$tfgenerator",
    lambda stream: [int(stream.algorithm), np.array(stream.state)],
    _write_tensorflow,
    _new_tensorflow,
)
_EVERY = (_RANDOM, _GENERATOR, _STATE, _TORCH, _SEEDS, _TENSORFLOW)
_KINDS: dict[type, Kind] = {
    random.Random: _RANDOM,
    np.random.Generator: _GENERATOR,
    np.random.RandomState: _STATE,
}
