"""Which way a log is better: decided once, in training, by Keras' own rule.

As Keras' `MonitorCallback` (3.15) does it: the metric object of that name says, of a loss less is
better. Beyond that, a log that ends in the name of a metric object (`mask_accuracy` of an output
`mask`) goes by it, and one that callbacks add goes by the names that Keras' metrics have. Readers
never guess: what is decided here is stored (`Monitored`, `Checkpoint.mode`).
"""

from __future__ import annotations

from collections.abc import Iterable

import keras

from kresume_nb.errors import ArgumentError
from kresume_nb.run.metric_direction import direction_by_name, is_loss
from kresume_nb.run.records import Direction
from kresume_nb.train.keras_compat import keras_private


def directions(model: keras.Model, names: Iterable[str]) -> dict[str, Direction]:
    """Of each log for which it can be told. To be called once the model's metrics are built."""
    objects = keras_private.metric_directions(model)
    told = ((name, _direction(name, objects)) for name in names)
    return {name: found for name, found in told if found is not None}


def check(model: keras.Model, monitor: str) -> None:
    """Refuses a log that somebody chose and that nobody can tell the direction of.

    Raises:
        ArgumentError: saying what to pass.
    """
    if monitor not in directions(model, [monitor]):
        raise ArgumentError(
            f"Checkpointing(monitor={monitor!r}, mode='auto') cannot be used: neither Keras nor the "
            "name says whether less or more of it is better. Expected mode='min' or mode='max' "
            "with that monitor."
        )


def _direction(name: str, objects: dict[str, Direction | None]) -> Direction | None:
    plain = name.removeprefix("val_")
    if plain == "loss":
        return "min"
    if plain in objects:
        # A metric object of the user's own class may say nothing, but bear a name that does.
        return objects[plain] or direction_by_name(plain)
    ending = [one for one in objects if plain.endswith(f"_{one}")]
    if ending:
        longest = max(ending, key=len)
        return objects[longest] or direction_by_name(longest)
    return "min" if is_loss(plain) else direction_by_name(plain)
