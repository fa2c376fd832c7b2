"""How large a model the configuration of a checkpoint makes, before anything is allocated for it.

A configuration of some hundred bytes can ask for a layer of gigabytes. The file that holds it holds
its weights, too, so that a model with many times the file's numbers is none of its own. The model is
made without values (in Keras' stateless scope variables have shapes only) and its variables counted.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import keras

from kresume_nb.errors import CorruptCheckpointError
from kresume_nb.run.container import WEIGHTS, ContainerReader

_SMALL = 1024
"""Configurations whose whole numbers stay below make no layer that would hurt anybody."""
_SLACK = 2**20
"""Numbers that a model may have besides: layers keep some state that they do not save."""
_PACKED = 2
"""Numbers a byte, where weights are quantized to four bits."""


def check(path: Path, config: Mapping[str, Any], custom_objects: Mapping[str, Any]) -> None:
    """Returns if the model has about as many numbers as the file holds weights for.

    What cannot be made without values is not judged: loading it tells why, or makes it.

    Args:
        path: the checkpoint.
        config: its `config.json`.
        custom_objects: as they are passed to Keras.

    Raises:
        CorruptCheckpointError: if it has many more.
    """
    if _largest(config) < _SMALL:
        return
    with ContainerReader(path) as container:
        held = container.size(WEIGHTS)
    most = held * _PACKED + _SLACK
    model = {key: value for key, value in config.items() if key != "compile_config"}
    # Keras remembers which variables wait for values, and gives them to all when it builds the next
    # model, also to those of one that was refused. It does so for each thread, so this has its own.
    with ThreadPoolExecutor(1) as thread:
        claimed = thread.submit(_numbers, model, custom_objects).result()
    if claimed > most:
        raise CorruptCheckpointError(
            f"{path}: config.json makes a model of {claimed:,} numbers, but the weights in the file "
            f"have {held:,} bytes. It does not belong to them."
        )


def _numbers(config: Mapping[str, Any], custom_objects: Mapping[str, Any]) -> int:
    """Of all variables that come into being, also where the model does not."""
    before = {id(one) for one in _variables()}
    found: Any = None
    with suppress(Exception), keras.StatelessScope(initialize_variables=False):
        try:
            found = keras.saving.deserialize_keras_object(
                dict(config), custom_objects=dict(custom_objects), safe_mode=True
            )
        except Exception:  # noqa: BLE001  # of any layer: loading tells it
            return _counted(before)  # while what was made is still held by the error
    claimed = _counted(before)
    del found
    return claimed


def _counted(before: set[int]) -> int:
    return sum(math.prod(one.shape) for one in _variables() if id(one) not in before)


def _variables() -> Iterator[keras.Variable]:
    # Not `isinstance`, which asks strangers for their `__class__`: some of torch's then warn.
    return (one for one in gc.get_objects() if issubclass(type(one), keras.Variable))


def _largest(value: object) -> int:
    """The largest whole number in nested values, without recursion."""
    largest, waiting = 0, [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += [inner for key, inner in one.items() if key != "seed"]
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one):
            largest = max(largest, int(abs(one)))
    return largest
