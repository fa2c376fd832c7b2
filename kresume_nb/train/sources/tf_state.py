"""The state of `tf.data` iterators, and of what hands each shuffle its seeds.

A shuffle that reshuffles has a seed generator, which outlives its iterators: each draws two numbers
from it when it is made, and an inner one is made when the outer one is first pulled. TensorFlow offers
no way to read how many were drawn, but an iterator's state holds it, and an iterator that gets a state
sets its generator to it. So one idle iterator a generator, which nobody reads, both reads and sets.

What is relied on, each pinned by a test: `SerializeIterator` and `DeserializeIterator` take the
resource that an iterator holds in `_iterator_resource`; a state is a vector of variants, each a part
with its names in its metadata and its numbers in one compressed element.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.core.framework import tensor_pb2

_DRAWN = b"epoch_num_random_samples"
_BUFFER, _ELEMENTS = b":buffer", b"num_elements"
_IGNORE = 1
"""`ExternalStatePolicy`: states that TensorFlow cannot save have been looked for before."""

CHEAP = 1_000
"""Elements of a shuffle's buffer up to which its generator is read whenever it is asked for."""

LONGEST = 100_000
"""Elements of a shuffle's buffer up to which its generator is read: each costs 10 µs, once."""


def save(iterator: Any) -> NDArray[np.uint8]:
    """An iterator's state, shuffle buffers included."""
    state = tf.raw_ops.SerializeIterator(
        resource_handle=iterator._iterator_resource, external_state_policy=_IGNORE
    )
    return np.frombuffer(tf.io.serialize_tensor(state).numpy(), dtype=np.uint8)


def load(iterator: Any, state: NDArray[np.uint8] | bytes) -> None:
    """Puts such a state back into an iterator over an equal data set."""
    variants = tf.io.parse_tensor(bytes(state), tf.variant)
    tf.raw_ops.DeserializeIterator(resource_handle=iterator._iterator_resource, serialized=variants)


class SeedGenerator:
    """What hands each new iterator of one shuffle, or of one random data set, its seeds.

    Args:
        stage: the data set of that shuffle.

    Where the buffer is longer than `LONGEST`, the generator is set back to its beginning.
    """

    def __init__(self, stage: Any) -> None:
        self._idle = iter(_bare(stage))
        size = int(getattr(stage, "_buffer_size", 0))
        self.costly = size > CHEAP
        """Whether to read it takes a noticeable time."""
        template = self._idle if size <= LONGEST else iter(_bare(_small(stage)))
        self._shape, parts = _decoded(save(template).tobytes())
        # Without its buffer an idle iterator costs next to nothing, and so does its state.
        self._parts = [one for one in parts if _BUFFER + b"::" not in one.metadata]
        drawn = next(number for number in map(_drawn, self._parts) if number is not None)
        self.first = drawn - 2 if size <= LONGEST else 0
        """How many numbers it had given when this was made."""
        self.drawn = self.first

    @property
    def drawn(self) -> int:
        """How many numbers have been drawn."""
        _, parts = _decoded(save(self._idle).tobytes())
        return next(number for number in map(_drawn, parts) if number is not None)

    @drawn.setter
    def drawn(self, count: int) -> None:
        changed = [_with(one, count) for one in self._parts]
        load(self._idle, _encoded(self._shape, changed))


def _bare(dataset: Any) -> Any:
    """The data set as it is, without what TensorFlow adds to make it faster."""
    options = tf.data.Options()
    options.experimental_optimization.apply_default_optimizations = False
    options.autotune.enabled = False
    return dataset.with_options(options)


def _small(stage: Any) -> Any:
    numbers = tf.data.Dataset.range(1)
    return numbers.shuffle(1, seed=1, reshuffle_each_iteration=stage._reshuffle_each_iteration)


def _decoded(state: bytes) -> tuple[Any, list[Any]]:
    """A state as the tensor that holds it, and its parts."""
    tensor = tensor_pb2.TensorProto.FromString(state)
    count = tensor.tensor_shape.dim[0].size
    content = tensor.tensor_content
    numbers = _varints(content)
    lengths, at = [], 0
    for _ in range(count):
        length, at = next(numbers)
        lengths.append(length)
    parts = []
    for length in lengths:
        parts.append(tensor_pb2.VariantTensorDataProto.FromString(content[at : at + length]))
        at += length
    return tensor, parts


def _encoded(tensor: Any, parts: list[Any]) -> bytes:
    made = tensor_pb2.TensorProto()
    made.CopyFrom(tensor)
    made.tensor_shape.dim[0].size = len(parts)
    held = [one.SerializeToString() for one in parts]
    made.tensor_content = b"".join(_varint(len(one)) for one in held) + b"".join(held)
    return bytes(made.SerializeToString())


def _varints(content: bytes) -> Iterator[tuple[int, int]]:
    """Numbers as protocol buffers write them, each with the place after it."""
    number = shift = 0
    for at, byte in enumerate(content, 1):
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield number, at
            number = shift = 0


def _varint(number: int) -> bytes:
    written = bytearray()
    while number >= 128:
        written.append(number & 127 | 128)
        number >>= 7
    return bytes([*written, number])


def _names(part: Any) -> list[bytes]:
    return list(part.metadata.split(b"@@")[1:])


def _numbers(part: Any) -> list[Any]:
    names = _names(part)
    compressed = tf.io.parse_tensor(part.tensors[0].SerializeToString(), tf.variant)
    return list(
        tf.raw_ops.UncompressElement(
            compressed=compressed,
            output_types=[tf.int64] * len(names),
            output_shapes=[()] * len(names),
        )
    )


def _drawn(part: Any) -> int | None:
    """The number of draws that a part says; None if it is another part."""
    for name, number in zip(_names(part), _numbers(part), strict=True):
        if name.endswith(_DRAWN):
            return int(number)
    return None


def _with(part: Any, drawn: int) -> Any:
    """The part of an iterator of which so many were drawn, and whose buffer is empty."""
    owner = part.metadata.split(b"@@")[0]
    numbers = _numbers(part)
    for at, name in enumerate(_names(part)):
        if name.endswith(_DRAWN):
            numbers[at] = tf.constant(drawn, tf.int64)
        elif name == _ELEMENTS and owner.endswith(_BUFFER):
            numbers[at] = tf.constant(0, tf.int64)
    compressed = tf.raw_ops.CompressElement(components=numbers)
    made = tensor_pb2.VariantTensorDataProto()
    made.CopyFrom(part)
    made.tensors[0].ParseFromString(tf.io.serialize_tensor(compressed).numpy())
    return made
