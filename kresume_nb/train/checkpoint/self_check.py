"""Whether what checkpoints hold reads back as what it was taken from: at a run's first checkpoints.

Everything that is watched is written and read once in memory and compared, also what training has
not changed yet. What does not read back is told while training can still be repeated, not when it is
resumed. The bytes of the file itself are compared by the thread that wrote them
(`checkpoint_file.compare`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from kresume_nb.run.records import Finding
from kresume_nb.train.state.encoding import Array, Decoder, Encoder, NotPlainError
from kresume_nb.train.state.equality import difference

MOST = 200_000
"""Items of a container and those in it, arrays counted as one, that are written and read once more."""

_ENDS = 1000
"""Items at both ends of a longer list that are."""

Watched = tuple[str, Any]
"""What messages call it, and its value."""


def values(
    watched: Iterable[Watched],
    refer: Callable[[Any], str | None],
    resolve: Callable[[str], Any],
) -> tuple[int, list[Finding]]:
    """Writes and reads values in memory; how many were compared, and what came back otherwise.

    Args:
        refer, resolve: as of `Encoder` and `Decoder`.
    """
    count, found = 0, []
    for label, value in watched:
        if type(value) is list and len(value) > MOST:  # a log of every step, say
            value = value[:_ENDS] + value[-_ENDS:]  # noqa: PLW2901  # what is alike is not read twice
        if _is_large(value):
            detail = f"more than {MOST} items: saved, but not read back and compared"
            found.append(Finding(what=label, verdict="approximate", detail=detail))
            continue
        arrays: list[Array] = []
        try:
            data = Encoder(arrays, value, refer=refer, keep=False).encode(value)
            text = json.dumps(data, allow_nan=False)
        except NotPlainError:
            continue  # told by name already, as what cannot be saved
        count += 1
        try:
            read = _decoder(arrays, resolve).decode(json.loads(text))
            wrong = difference(value, read)
        except Exception as error:  # noqa: BLE001  # whatever it is, it would be so at a resume
            wrong = f"it cannot be read back: {type(error).__name__}: {error}"
        if wrong is not None:
            found.append(Finding(what=label, verdict="approximate", detail=wrong))
    return count, found


def _is_large(value: Any) -> bool:
    count, waiting, seen = 0, [value], set()
    while waiting:
        item = waiting.pop()
        if not isinstance(item, (list, tuple, dict, set, frozenset)) or id(item) in seen:
            continue
        seen.add(id(item))
        count += len(item)
        if count > MOST:
            return True
        waiting.extend(item.values() if isinstance(item, dict) else item)
    return False


def _decoder(arrays: list[Array], resolve: Callable[[str], Any]) -> Decoder:
    # As from a file: an array of a derived class has lost it.
    return Decoder(lambda number: np.asarray(arrays[number]).view(np.ndarray), resolve)
