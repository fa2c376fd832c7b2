"""What a checkpoint's state says of its weights, compared with what is there. Asked by a resume and by `verify`."""

from __future__ import annotations

from typing import Any

import h5py
import numpy as np

from kresume_nb import hdf5
from kresume_nb.errors import CorruptCheckpointError
from kresume_nb.run import codec
from kresume_nb.run.container import STATE, WEIGHTS
from kresume_nb.run.records import Position

_PARTS = {"facts": dict, "variables": list, "callbacks": list, "array_dtypes": list}
"""What a state must hold besides, whatever wrote it."""


def check(state: dict[str, Any], weights: h5py.File, size: int) -> None:
    """Returns if every variable that the state names is there, plainly and as it is described.

    Args:
        state: of the checkpoint (`kresume/state.json`).
        weights: its HDF5 file, open.
        size: of that file, in bytes.

    Raises:
        CorruptCheckpointError: saying what is missing or odd, without the file's name.
    """
    try:
        codec.decode(Position, state["position"])
        for name, kind in _PARTS.items():
            if not isinstance(state[name], kind):
                raise TypeError(f"{name} is a {type(state[name]).__name__}")
        for dtype in state["array_dtypes"]:
            if np.dtype(dtype).hasobject:
                raise TypeError(f"an array of {dtype}")
        for described in state["variables"]:
            _check_variable(described, state, weights, size)
    except (LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        if isinstance(error, CorruptCheckpointError):
            raise
        detail = f"lacks {error}" if isinstance(error, KeyError) else str(error)
        raise CorruptCheckpointError(f"{STATE} {detail}") from error


def _check_variable(
    described: dict[str, Any], state: dict[str, Any], weights: h5py.File, size: int
) -> None:
    shape, dtype = tuple(described["shape"]), np.dtype(described["dtype"])
    if "array" in described:
        if not 0 <= described["array"] < len(state["array_dtypes"]):
            raise ValueError(f"names an array {described['array']} that is not there")
        return
    name = place(described)
    try:
        found = hdf5.find(weights, name)
    except KeyError:
        raise CorruptCheckpointError(f"{WEIGHTS} lacks {name!r}") from None
    hdf5.check(found, size)
    if found.shape != shape or found.dtype.itemsize != dtype.itemsize:
        raise ValueError(
            f"describes {name!r} as {shape} of {dtype}. Found: {found.shape} of {found.dtype}"
        )


def place(described: dict[str, Any]) -> str:
    """Where in the HDF5 file a variable lies that the state describes."""
    return "/".join(part for part in (described["group"], "vars", described["key"]) if part)
