"""The order of an epoch's samples: a pure function of (seed, epoch), computed for any stretch of it.

Keras' own shuffle draws from a TensorFlow op's state and cannot be sought. Here position i of an
epoch is encrypted by a small block cipher whose domain is the data set, so batch 300 000 costs what
batch 0 costs, nothing is kept in memory, and no random stream of the user's is touched. NumPy's
generators would not do: NumPy reserves the right to change their streams between versions, and an
epoch must keep its order when a run is resumed under another NumPy.

Method: an alternating unbalanced Feistel network over the smallest power of two that holds the data
set, with cycle walking for the rest (J. Black and P. Rogaway, "Ciphers with Arbitrary Finite
Domains", CT-RSA 2002). The round function is a keyed multiply-xorshift-multiply; the key schedule is
SplitMix64 (G. Steele, D. Lea and C. Flood, OOPSLA 2014). It shuffles; it keeps no secrets.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

VERSION = 1
"""Part of a checkpoint's state: an order must never change under a run."""

_ROUNDS = 8
_MASK = (1 << 64) - 1
_GAMMA = 0x9E3779B97F4A7C15
_M1, _M2 = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def permuted(
    samples: int, seed: int, epoch: int, start: int = 0, stop: int | None = None
) -> NDArray[np.int64]:
    """Positions `start` to `stop` of an epoch's order.

    Args:
        samples: size of the data set.
        seed: orders the whole run.
        epoch: from zero.

    Returns:
        int64 indices, shape `(stop - start,)`; all of an epoch's are a permutation of
        `range(samples)`.
    """
    stop = samples if stop is None else stop
    # A domain of under 64 would have too few orders to choose from.
    bits = max(6, (samples - 1).bit_length())
    keys = _keys(seed, epoch)
    index = np.arange(start, stop, dtype=np.uint64)
    index = _encrypt(index, bits, keys)
    outside = np.flatnonzero(index >= samples)
    while outside.size:
        index[outside] = _encrypt(index[outside], bits, keys)
        outside = outside[index[outside] >= samples]
    return index.astype(np.int64)


def _encrypt(index: NDArray[np.uint64], bits: int, keys: list[int]) -> NDArray[np.uint64]:
    right_bits = bits // 2
    right_mask = np.uint64((1 << right_bits) - 1)
    left_mask = np.uint64((1 << (bits - right_bits)) - 1)
    left, right = index >> np.uint64(right_bits), index & right_mask
    for number in range(0, _ROUNDS, 2):
        left ^= _mix(right, keys[number]) & left_mask
        right ^= _mix(left, keys[number + 1]) & right_mask
    return (left << np.uint64(right_bits)) | right


def _mix(value: NDArray[np.uint64], key: int) -> NDArray[np.uint64]:
    mixed = value * np.uint64(key | 1)
    mixed += np.uint64(key >> 1)
    mixed ^= mixed >> np.uint64(32)
    mixed *= np.uint64(_M2)
    mixed >>= np.uint64(32)
    return mixed


def _keys(seed: int, epoch: int) -> list[int]:
    state = _splitmix(_splitmix(seed & _MASK) ^ (epoch & _MASK))
    keys = []
    for _ in range(_ROUNDS):
        state = (state + _GAMMA) & _MASK
        keys.append(_splitmix(state))
    return keys


def _splitmix(value: int) -> int:
    value = (value + _GAMMA) & _MASK
    value = ((value ^ (value >> 30)) * _M1) & _MASK
    value = ((value ^ (value >> 27)) * _M2) & _MASK
    return value ^ (value >> 31)
