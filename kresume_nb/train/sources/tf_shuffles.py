"""What the random stages of a `tf.data` pipeline draw from, as it was when a pass began.

Set back to that, a pipeline gives the same pass again, and the passes after it. A stage below a cache
in memory draws only while the cache is filled, in the first pass of a process: there it has to be what
it was when the run's first pass began, whatever pass is taken up.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from kresume_nb.train.sources.tf_pipeline import Pipeline


class Shuffles:
    """The seed generators and the variables of a pipeline.

    Args:
        pipeline: of a data set that lives as long as this.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        from kresume_nb.train.sources.tf_state import SeedGenerator

        self._pipeline = pipeline
        self._readable = True
        try:
            self._generators = [SeedGenerator(one.stage) for one in pipeline.reshuffles]
        except Exception:  # noqa: BLE001  # a format of TensorFlow's own, which may change
            self._generators, self._readable = [], False
        self._cached = [one.cached for one in pipeline.reshuffles] if self._readable else []
        self._costly = any(one.costly for one in self._generators)
        self._readings = {0: [one.first for one in self._generators]}
        """What was read, where reading is costly, by the number of passes begun before."""
        self._drawn_then, self._variables_then = self._at_a_boundary(0), self.variables()
        """When the present pass began."""
        self._drawn_first, self._variables_first = self._drawn_then, self._variables_then
        """When the first pass of the run began."""
        self._passes = 0
        self._filled_elsewhere = False

    @property
    def varies(self) -> bool:
        """Whether a pass over the data may differ from the one before it."""
        one = self._pipeline
        return bool(one.reshuffles or one.variables or one.random)

    def drawn(self) -> list[int]:
        """How many numbers each generator has given."""
        return [one.drawn for one in self._generators]

    def _at_a_boundary(self, passes: int) -> list[int]:
        """How many numbers each generator has given after that many passes, before the next.

        Reading costs some 10 µs for each element of a shuffle's buffer. Where that is much, it is read
        until two passes have drawn alike, and counted from then on.
        """
        if not self._costly:
            return self.drawn()
        known = self._readings
        if passes not in known:
            last, before, first = (known.get(passes - back) for back in (1, 2, 3))
            if last is not None and before is not None and first is not None:
                steps = [new - old for new, old in zip(last, before, strict=True)]
                if steps == [new - old for new, old in zip(before, first, strict=True)]:
                    known[passes] = [one + step for one, step in zip(last, steps, strict=True)]
            if passes not in known:
                known[passes] = self.drawn()
            known.pop(passes - 4, None)
        return known[passes]

    def variables(self) -> list[Any]:
        """The values of the variables that the pipeline's functions use."""
        return [np.array(one) for one in self._pipeline.variables]

    def set(self, drawn: list[int]) -> None:
        """Sets the generators."""
        for generator, count in zip(self._generators, drawn, strict=True):
            generator.drawn = count

    def begin(self, *, again: bool) -> None:
        """A pass begins; or one that had begun before is about to be taken up."""
        if again:
            self._set_to(self._drawn_then, self._variables_then)
        else:
            self._drawn_then = self._at_a_boundary(self._passes)
            self._variables_then = self.variables()
        if not self._passes and not again:
            self._drawn_first, self._variables_first = self._drawn_then, self._variables_then
        self._passes += 1

    def capture(self, *, begun: bool) -> dict[str, Any]:
        """What taking up the present pass needs, or the next one if none has begun."""
        if begun and not any(self._cached):  # nothing that changes within a pass is asked for
            drawn = self._drawn_then
        else:
            drawn = self.drawn() if begun else self._at_a_boundary(self._passes)
        return {
            "drawn then": self._drawn_then if begun else drawn,
            "variables": self._variables_then if begun else self.variables(),
            "drawn first": self._drawn_first if self._passes else drawn,
            "variables first": self._variables_first if self._passes else self.variables(),
            "filled before": self._filled_before(drawn),
        }

    def _filled_before(self, drawn: list[int]) -> bool:
        """Whether caches that hold something random were full when the run's first pass began."""
        first = zip(self._cached, self._drawn_first, drawn, strict=True)
        return self._passes > 0 and any(cached and old == new for cached, old, new in first)

    def restore(self, state: dict[str, Any]) -> None:
        """Puts such a state back."""
        present = self.drawn()
        if len(present) != len(state["drawn then"]):
            return  # of another pipeline, which is told
        self._drawn_first, self._variables_first = state["drawn first"], state["variables first"]
        self._drawn_then, self._variables_then = state["drawn then"], state["variables"]
        self._filled_elsewhere = state["filled before"] and any(
            cached and old != new
            for cached, old, new in zip(self._cached, self._drawn_first, present, strict=True)
        )
        self._set_to(self._drawn_then, self._variables_then)
        self._passes = 1
        self._readings.clear()

    def due(self, drawn: list[int]) -> list[int]:
        """What the generators are set to for a pass: below a cache to where the run's first began."""
        chosen = zip(self._cached, self._drawn_first, drawn, strict=True)
        return [first if cached else then for cached, first, then in chosen]

    @property
    def due_now(self) -> tuple[int, ...]:
        """The same for the present pass."""
        return tuple(self.due(self._drawn_then))

    def _set_to(self, drawn: list[int], variables: list[Any]) -> None:
        """Sets everything, and what lies below a cache to where the run's first pass began."""
        self.set(self.due(drawn))
        below = self._pipeline.cached_variables
        for number, variable in enumerate(self._pipeline.variables):
            variable.assign((self._variables_first if below[number] else variables)[number])

    def restore_older(
        self, state: dict[str, Any], dataset: Any, continuous: bool
    ) -> Callable[[Any], None] | None:
        """Puts back a state of a version that counted iterators; what to do with the next one."""
        saved = state.get("iterator")
        if saved is not None:
            if not continuous:  # the orders of the epochs to come follow from the state of this one
                _load(iter(dataset), saved)
                self._drawn_then = self.drawn()
            return lambda iterator: _load(iterator, saved)
        if self._pipeline.counts_iterators:
            for _ in range(state["made"]):
                iter(dataset)
        for variable, value in zip(self._pipeline.variables, state["variables"], strict=True):
            variable.assign(value)
        self._drawn_then, self._variables_then = self.drawn(), self.variables()
        self._drawn_first, self._variables_first = self._drawn_then, self._variables_then
        return None

    def close(self) -> None:
        """Lets go of the iterators that read the generators."""
        self._generators = []

    def reasons(self, *, saved: bool = False) -> list[str]:
        """Why the batches may be others, by what the pipeline does and by what was read of it.

        Args:
            saved: whether iterators' states are saved.
        """
        from kresume_nb.train.keras_compat import tensorflow_private

        in_order = tensorflow_private.op_determinism()
        found = self._pipeline.reasons(saved=saved, in_order=in_order)
        if not self._readable:
            found.append(
                "what the pipeline's shuffles draw from cannot be read with this version of TensorFlow"
            )
        if self._filled_elsewhere:
            found.append(
                "a cache of the pipeline had been filled before training, in an order that is not "
                "known: read the data set as often before kr.fit as then"
            )
        return found


def _load(iterator: Any, files: dict[str, Any]) -> None:
    """Puts back a state that `tf.train.Checkpoint` wrote."""
    import tensorflow as tf

    with tempfile.TemporaryDirectory(prefix="kresume-") as folder:
        for name, value in files.items():
            (Path(folder) / Path(name).name).write_bytes(value.tobytes())
        tf.train.Checkpoint(iterator=iterator).read(f"{folder}/iterator").assert_consumed()
