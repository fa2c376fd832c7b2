"""Whether what a checkpoint keeps of a `tf.data` leads to the batch that training really gets next.

At a run's first checkpoints the pipeline is read aside from what was kept (`tf_aside.py`), in a thread,
and compared with the batch that the next step is given. What cannot be compared at a bounded cost, or
without being noticed, is not, and the verdict of a resume says so.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from kresume_nb.run.records import Finding
from kresume_nb.train.keras_compat import keras_private
from kresume_nb.train.sources.tf_pipeline import Pipeline

CHECKED = 2
"""Checkpoints of a process after which the next batch is compared."""

COPIED = 1 << 23
"""Bytes in a pipeline's graph, arrays above all, up to which it is copied: 26 ms for each MiB."""
HELD = 1 << 25
"""Bytes of its shuffles' buffers, and of a batch, up to which it is read."""
PASSED_OVER = 16
"""Batches up to which it is read to get to one."""
SLOW = 1.0
"""Seconds that the batch took training up to which it is read once more."""
PATIENCE = 10.0
"""Seconds that an end of training waits for a comparison."""


def obstacle(pipeline: Pipeline) -> str:
    """Why a pipeline is not read aside, as the end of a sentence; empty if it may be."""
    if pipeline.python:
        return "its Python would run once more"
    if pipeline.variables:
        return "the variables that it uses would change"
    if pipeline.writes:
        return "it writes files"
    if pipeline.copied > COPIED:
        return f"its {pipeline.copied >> 20} MiB of arrays would be copied"
    if pipeline.buffered is None:
        return "what its shuffles hold may be large"
    if pipeline.buffered > HELD:
        return f"its shuffles hold {pipeline.buffered >> 20} MiB"
    return ""


@dataclass(frozen=True, slots=True)
class Way:
    """How a resume gets to a batch."""

    drawn: tuple[int, ...]
    """How many numbers each seed generator had given when the pass began."""
    read: int
    """Batches of the pass before it."""
    state: NDArray[Any] | None = None
    """The iterator's, where that was saved; then nothing is passed over."""


class NextBatch:
    """Compares batches for a run's first checkpoints.

    Args:
        dataset: what training iterates over.
        pipeline: what it does.
        native: whether training takes TensorFlow's iterators.
    """

    def __init__(self, dataset: Any, pipeline: Pipeline, *, native: bool) -> None:
        self._dataset, self._native = dataset, native
        self._obstacle = obstacle(pipeline)
        self._left = CHECKED
        self._way: Way | None = None
        """How to get to the next batch, for a checkpoint that was just taken."""
        self._thread: threading.Thread | None = None
        self._equal = 0
        self._found: list[Finding] = []
        self._before = ""
        """What an earlier process found."""

    def due(self, way: Way) -> None:
        """A checkpoint was taken, with this way to the batch that is trained on next."""
        self._way = None
        if self._obstacle or not self._left or self._running:
            return
        if way.state is None and way.read > PASSED_OVER:
            return
        if not self._native and way.read:  # its batches were read ahead
            return
        if way.state is not None and way.state.nbytes > HELD:
            self._obstacle = f"its state has {way.state.nbytes >> 20} MiB"
            return
        self._way = way

    def begun(self, drawn: tuple[int, ...]) -> None:
        """A pass begins, with its seed generators there."""
        if self._way is not None and not self._way.read and self._way.drawn != drawn:
            self._way = None  # somebody has read the data set since the checkpoint

    def watch(self, model: keras.Model, steps_per_execution: int) -> None:
        """To be called before a step: looks at its batch, if that is to be compared."""
        if self._way is None or not self._native:
            return
        if steps_per_execution > 1:
            self._obstacle, self._way = "a step takes several batches at once", None
            return
        keras_private.before_next_step(model, self._handed_on)

    def watched(self, batches: Iterator[Any]) -> Iterator[Any]:
        """Batches as another backend's training gets them; the first is looked at, if it is to be."""
        if self._way is None:
            return batches
        return self._first_seen(batches)

    def _first_seen(self, batches: Iterator[Any]) -> Iterator[Any]:
        began = time.monotonic()
        for batch in batches:
            if self._way is not None:
                self._saw(keras.tree.flatten(batch), time.monotonic() - began)
            yield batch

    def _handed_on(self, iterator: Any) -> Any:
        """Takes the batch of a step from its iterator, and hands on another that gives it."""
        from kresume_nb.train.keras_compat import tensorflow_private

        if self._way is None or not tensorflow_private.is_an_iterator(iterator):
            return iterator
        import tensorflow as tf

        began = time.monotonic()
        batch = iterator.get_next()  # at the end of the data: what the step itself would raise
        seconds = time.monotonic() - began
        self._saw(tf.nest.flatten(batch, expand_composites=True), seconds)
        return tensorflow_private.iterator_over(batch, iterator)

    def _saw(self, batch: list[Any], seconds: float) -> None:
        way, self._way = self._way, None
        size = sum(map(_nbytes, batch))
        if way is None:
            return
        if seconds > SLOW:
            self._obstacle = f"a batch takes {seconds:.0f} s to be read"
        elif size > HELD:
            self._obstacle = f"a batch has {size >> 20} MiB"
        else:
            self._left -= 1
            self._thread = threading.Thread(
                target=self._compare, args=(way, batch), name="kresume-next-batch", daemon=True
            )
            self._thread.start()

    def _compare(self, way: Way, batch: list[Any]) -> None:
        from kresume_nb.train.sources import tf_aside

        try:
            aside = tf_aside.next_batch(self._dataset, way)
            wrong = difference(aside, [_array(one) for one in batch], same_types=self._native)
        except Exception as error:  # noqa: BLE001  # whatever it is, training goes on
            self._obstacle = str(error).split("\n")[0] or type(error).__name__
            return
        if wrong is None:
            self._equal += 1
            return
        where = f"{way.read} batches into a pass" if way.read else "at the beginning of a pass"
        detail = (
            f"{where}, what was saved of the pipeline led to another batch than training got: {wrong}. "
            "Something else than its seeds and its iterator's state decides what it gives: a clock, a "
            "file that changes"
        )
        self._left = 0
        self._found.append(Finding(what="batches", verdict="approximate", detail=detail))

    @property
    def _running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def settle(self) -> None:
        """Waits for what is being compared, as training ends."""
        thread = self._thread
        if thread is not None:
            thread.join(PATIENCE)
            if thread.is_alive():
                self._obstacle = "reading it aside did not end"

    def close(self) -> None:
        """Nothing is looked at any more."""
        self._way, self._left = None, 0
        self.settle()

    @property
    def doubts(self) -> list[Finding]:
        """What was found to be another batch."""
        return list(self._found)

    @property
    def told(self) -> str:
        """What was compared, for the verdict."""
        if self._found:
            return "compared with what training got, and not the same"
        if self._equal:
            times = "" if self._equal == 1 else f" ({self._equal} times)"
            return f"the next batch, read aside from there, was the one that training got{times}"
        if self._obstacle:
            return f"not compared with what training got: {self._obstacle}"
        return self._before or "not yet compared with what training got"

    def restore(self, told: str) -> None:
        """Keeps what an earlier process found."""
        self._before = told


def _nbytes(tensor: Any) -> int:
    size = getattr(tensor, "nbytes", None)
    if size is None:  # TensorFlow's
        size = (tensor.shape.num_elements() or 0) * max(tensor.dtype.size or 0, 1)
    return int(size)


def _array(value: Any) -> Any:
    return value.numpy() if hasattr(value, "numpy") else np.asarray(value)


def difference(aside: list[Any], got: list[Any], *, same_types: bool) -> str | None:
    """What differs between the tensors of two batches, in a few words; None if nothing does.

    Args:
        aside, got: as NumPy arrays.
        same_types: whether their types must be the same; else the backend converts what it gets.
    """
    if not aside:
        return "none, the pass had ended"
    if len(aside) != len(got):
        return f"{len(aside)} parts in place of {len(got)}"
    for number, (one, two) in enumerate(zip(aside, got, strict=True)):
        if one.shape != two.shape:
            return f"part {number} has the shape {one.shape}, not {two.shape}"
        if one.dtype != two.dtype:
            if same_types:
                return f"part {number} is {one.dtype}, not {two.dtype}"
            one = one.astype(two.dtype)  # noqa: PLW2901  # as the backend takes it
        if one.tobytes() != two.tobytes() if one.dtype != object else one.tolist() != two.tolist():
            return f"part {number} has other values"
    return None
