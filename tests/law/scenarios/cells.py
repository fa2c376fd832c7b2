"""Which combinations of the registries are tried.

Each source and each set of callbacks with the base model, each model with arrays; `BESIDES` names
further combinations. On every backend that all three of a combination know.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from scenarios import BACKENDS, Approximate, Entry
from scenarios.callbacks import callbacks
from scenarios.sources import sources
from scenarios.steps import models  # and those of models.py, in one registry

BESIDES: list[tuple[str, str, str]] = [
    ("curriculum", "base", "shared_with_data"),
    ("replayed", "base", "shared_with_data"),
    ("loader_with_sampler", "base", "shared_with_data"),
]
"""(source, model, callbacks) whose combination is suspected of more than the parts."""


@dataclass(frozen=True)
class Cell:
    """One combination, on one backend."""

    source: str = "arrays"
    model: str = "base"
    callbacks: str = "plateau"
    backend: str = "tensorflow"

    def __str__(self) -> str:
        return f"{self.source}-{self.model}-{self.callbacks}-{self.backend}"

    @property
    def entries(self) -> tuple[Entry, Entry, Entry]:
        return sources[self.source], models[self.model], callbacks[self.callbacks]

    @property
    def supported(self) -> bool:
        return all(self.backend in one.backends for one in self.entries)

    @property
    def unsupported(self) -> str:
        """Why it is not, in a few words."""
        reasons = (one.unsupported.get(self.backend, "") for one in self.entries)
        return next(filter(None, reasons), "")

    @property
    def approximate(self) -> list[Approximate]:
        return [
            one.approximate[self.backend] for one in self.entries if self.backend in one.approximate
        ]

    @property
    def needs_full_batches(self) -> bool:
        return any(one.needs_full_batches for one in self.entries)

    @property
    def in_strides(self) -> bool:
        return any(one.in_strides for one in self.entries)

    @property
    def shuffles(self) -> bool:
        """Whether `fit` is left to shuffle: not where the model is what is tried, so that its one
        unbroken training can be compared with Keras' own as well."""
        return self.model == "base"

    @property
    def like_fit(self) -> bool:
        return all(self.backend in one.like_fit for one in self.entries)

    def points(self, count: int) -> list[int]:
        """Steps to be killed after, drawn from a seed that is the combination's own.

        After the first checkpoint that is not of the beginning: there is something to lose then.
        """
        steps = min(one.steps for one in self.entries)
        return sorted(random.Random(str(self)).sample(range(5, steps), count))


def combinations() -> Iterator[tuple[str, str, str]]:
    """(source, model, callbacks), each once."""
    yield from ((name, "base", "plateau") for name in sources)
    yield from (("arrays", name, one.callbacks) for name, one in models.items() if name != "base")
    for name, one in callbacks.items():
        if name not in ("plateau", "without_a_model_file"):
            yield "arrays", one.model, name
    yield from BESIDES


def cells() -> list[Cell]:
    """Every combination on every backend, those that are not supported too."""
    return [Cell(*one, backend) for backend in BACKENDS for one in combinations()]
