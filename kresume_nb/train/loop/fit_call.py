"""What a call of `fit` asks for, checked and brought into shape: what all of training is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras

from kresume_nb.notebook import Context
from kresume_nb.run.records import DataArray
from kresume_nb.run.requests import Inbox
from kresume_nb.train.checkpoint.policy import Checkpointing
from kresume_nb.train.loop.building import Building
from kresume_nb.train.sources.source import Source
from kresume_nb.train.sources.validation import Validation
from kresume_nb.train.state import data_object


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Whose training it is (`run/ownership.py`, `run/calls.py`)."""

    notebook_path: str | None = None
    """Of the notebook or script, relative to the folder of run folders."""
    execution: str = ""
    """Of the training cell, or of the script."""
    call: int = 1
    """Number of the call of `fit` within it."""
    start: str = ""
    """Digest of what training began from (`state/starting_point.py`)."""
    default_name: bool = False
    """Whether the run is named after the notebook."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitCall:
    """What a call of `fit` asks for, checked and brought into shape."""

    model: keras.Model
    source: Source
    data: dict[str, Any]
    """What was given as `x` and `validation_data`."""
    facts: dict[str, Any]
    arrays: list[DataArray]
    arguments: dict[str, Any]
    validation: Validation | None
    validating: dict[str, Any]
    """The arguments of `fit` that say how."""
    callbacks: list[keras.callbacks.Callback]
    epochs: int
    initial_epoch: int
    verbose: int | str
    policy: Checkpointing
    inbox: Inbox
    """Where the notebook's widget puts what is asked there."""
    context: Context
    origin: Origin
    building: Building

    def held(self) -> list[tuple[str, Any]]:
        """(path, value) of what the data objects hold."""
        return [
            (f"{name}.{path}" if path else name, value)
            for name, given in self.data.items()
            for path, value in data_object.held(given)
        ]


def say(sentence: str) -> None:
    """Tells a person."""
    print(sentence, flush=True)  # noqa: T201  # in a notebook this is where a person reads
