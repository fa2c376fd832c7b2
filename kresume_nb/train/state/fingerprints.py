"""Fingerprints of values, to see whether training or a person changed them, and their short text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import numpy as np

from kresume_nb.train.state import objects
from kresume_nb.train.state.encoding import Array, Encoder, NotPlainError
from kresume_nb.train.state.objects import Held

OPAQUE = "object"
"""The fingerprint of all that cannot be kept."""

_LONG = 100
"""Items of a container that is not spelt out."""

Refer = Callable[[Any], str | None]


def references(known: dict[str, Held], now: dict[str, Held]) -> Refer:
    """Names objects by the path at which the notebook makes them, where it does."""
    place = objects.paths_by_identity(known, now)

    def refer(value: Any) -> str | None:
        path = place(value)
        return path if path is not None and objects.same_place(path, value, known) else None

    return refer


def fingerprint(value: Any, refer: Refer) -> str:
    """Equal for equal values, in every process."""
    arrays: list[Array] = []
    try:
        text = json.dumps(
            Encoder(arrays, value, refer=refer, keep=False).encode(value), sort_keys=True
        )
    except NotPlainError:
        return OPAQUE
    digest = hashlib.sha1(text.encode(), usedforsecurity=False)
    for one in arrays:
        digest.update(f"{one.dtype}{one.shape}".encode())
        digest.update(np.ascontiguousarray(one).tobytes())
    return digest.hexdigest()[:20]


def short(value: Any) -> str:
    """A value as messages show it."""
    if isinstance(value, (list, tuple, dict, set, frozenset)) and len(value) > _LONG:
        return f"a {type(value).__name__} of {len(value)}"
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001  # a class of the user's; its name will do
        text = f"a {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "…"
