"""What the law is tried on: source x model x callbacks x backend x the step of the kill.

Each of the three registries stands in a module of its own: `sources.py`, `models.py`,
`callbacks.py`. An entry is one small function; its name is the row's name in the table that
`make matrix` prints. To add one, write the function and decorate it:

    @models.add(backends=("tensorflow",), needs_full_batches=True)
    def my_model() -> keras.Model: ...

Every entry is tried with the base entries of the other two registries, on every backend that it
names, killed at steps drawn from a seed; see `cells.py` for combinations that are tried besides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

BACKENDS = ("tensorflow", "jax", "torch")
SHARED: dict[str, Any] = {}
"""What a source of a training made and its callbacks hold, too; each training is its own process."""
EPOCHS, BATCHES, BATCH = 5, 6, 16
STEPS = EPOCHS * BATCHES


@dataclass(frozen=True)
class Data:
    """What every source delivers, in its own way, and every model takes: 8 features, 1 target."""

    x: Any
    y: Any
    validation: tuple[Any, Any]
    batch: int = BATCH


def data(*, full_batches: bool = False) -> Data:
    """Six batches an epoch; unless `full_batches`, the last is not full."""
    samples = (BATCHES - 1) * BATCH + (BATCH if full_batches else 7)
    numbers = np.random.default_rng(0)
    x = numbers.normal(size=(samples, 8)).astype("float32")
    y = (x[:, :1] + 3 * numbers.normal(size=(samples, 1))).astype("float32")
    held_out = 32 if full_batches else 40
    return Data(x, y, (x[:held_out] + 1, y[:held_out]))


@dataclass(frozen=True)
class Approximate:
    """A deviation that the resume report announces: the law then demands it, and no other.

    Args:
        why: a pattern that what the resumed run told (its report and warnings) must match.
        differs: names of results (`"history"`, `"random"`, `"variables"`, …) of which at least one
            differs; all others must be equal. None: it is announced, and yet all are equal.
        at_boundaries: whether it also holds when the run goes on at an epoch's beginning; if not,
            such a resume must be exact.
        at_start: the same of a run that goes on from its first step.
    """

    why: str
    differs: frozenset[str]
    at_boundaries: bool = True
    at_start: bool = True

    def holds(self, step: int) -> bool:
        """Whether it is announced by a run that goes on after `step`."""
        return self.at_start if step == 0 else self.at_boundaries or step % BATCHES > 0


@dataclass(frozen=True)
class Entry:
    """A function of a registry, and what is particular about it."""

    make: Callable[..., Any]
    backends: tuple[str, ...]
    unsupported: Mapping[str, str]
    """For backends that are missing: why, in a few words, for the table."""
    approximate: Mapping[str, Approximate]
    """By backend."""
    needs_full_batches: bool
    steps: int
    """It trains for as many at least: kills come before."""
    in_strides: bool
    """Callbacks run after several steps at once, so checkpoints fall elsewhere: nothing waits for them."""
    like_fit: tuple[str, ...]
    """Backends on which kr.fit(shuffle=False) can be compared with model.fit(shuffle=False)."""
    observe: Callable[[Path, Any], Any] | None
    """What else to compare at the end: gets the run's folder of files and what `make` returned."""
    model: str
    """The model that callbacks are tried with."""
    callbacks: str
    """The callbacks that a model is tried with: others may save the whole of it, which not all allow."""


@dataclass
class Registry(Mapping[str, Entry]):
    """Entries by name, in the order of their definition; the first is the base."""

    entries: dict[str, Entry] = field(default_factory=dict)

    def add(
        self,
        *,
        backends: tuple[str, ...] = BACKENDS,
        unsupported: Mapping[str, str] | None = None,
        approximate: Mapping[str, Approximate] | None = None,
        needs_full_batches: bool = False,
        steps: int = STEPS,
        in_strides: bool = False,
        like_fit: bool | tuple[str, ...] = True,
        observe: Callable[[Path, Any], Any] | None = None,
        model: str = "base",
        callbacks: str = "everyday",
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Registers the decorated function under its name."""

        def register(make: Callable[..., Any]) -> Callable[..., Any]:
            assert make.__name__ not in self.entries, f"{make.__name__} is registered twice"
            self.entries[make.__name__] = Entry(
                make,
                backends,
                unsupported or {},
                approximate or {},
                needs_full_batches,
                steps,
                in_strides,
                (BACKENDS if like_fit else ()) if isinstance(like_fit, bool) else like_fit,
                observe,
                model,
                callbacks,
            )
            return make

        return register

    def __getitem__(self, name: str) -> Entry:
        return self.entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)
