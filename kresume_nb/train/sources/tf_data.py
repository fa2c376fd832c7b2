"""`tf.data`: its iterator's state is saved where that is needed, else batches are skipped."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kresume_nb.run.records import DataArray, Finding
from kresume_nb.train.keras_data import class_weighted, standard_batches
from kresume_nb.train.sources.tf_pipeline import Pipeline, inspect


class TFData:
    """Reads a `tf.data.Dataset`.

    Three ways back to a batch, by what the pipeline does (`tf_pipeline.py`):

    * It shuffles without a seed, or one iterator goes through all epochs: the iterator's own state is
      saved with each checkpoint, shuffle buffer included (Keras on TensorFlow only).
    * Else as many iterators are made as had been, since each draws a new order from a seeded shuffle,
      and the batches already trained on are skipped: a part of one epoch.
    * What no state holds (random numbers drawn without a seed, Python functions) is said.

    Args:
        continuous: whether one iterator goes through all epochs (`steps_per_epoch`).
    """

    kind = "tf.data"
    seed = 0
    wrapped = resumes_random = True

    def __init__(
        self, dataset: Any, *, class_weight: dict[int, float] | None, continuous: bool
    ) -> None:
        import tensorflow as tf

        self._dataset = class_weighted(dataset, class_weight)
        self._continuous = continuous
        cardinality = int(self._dataset.cardinality())
        self.batches = cardinality if cardinality >= 0 else None
        spec = keras.tree.flatten(self._dataset.element_spec)
        self.samples, self.batch_size = 0, int(spec[0].shape[0] or 0) if spec[0].shape.rank else 0
        self._pipeline: Pipeline = inspect(self._dataset)
        self._native = keras.backend.backend() == "tensorflow"
        self._made = 0
        """Iterators made, Keras' unread ones included."""
        self._saves = (
            self._native
            and self._pipeline.savable
            and (continuous or self._pipeline.shuffles_without_seed)
        )
        self._saved: dict[str, Any] | None = None
        self._iterator: Any = None
        self._variables: list[Any] = []
        """The pipeline's variables, as they were when the present pass began."""
        self._seeds_then: list[int] | None = None
        self._checkpoint = tf.train.Checkpoint

    def first_batch(self) -> Any:
        """What it declares; where Keras reads a batch instead, so is one here."""
        if not self._native:
            self._made += 1
            return next(iter(self._dataset))
        return keras.tree.map_structure(
            lambda one: keras.KerasTensor(tuple(one.shape), one.dtype.name),
            self._dataset.element_spec,
        )

    def described(self) -> list[DataArray]:
        """Its elements' shapes and types, and the operations of its pipeline."""
        return [
            DataArray(
                name=f"element[{number}]",
                shape=[-1 if size is None else int(size) for size in one.shape],
                dtype=one.dtype.name,
                digest=self._pipeline.digest,
            )
            for number, one in enumerate(keras.tree.flatten(self._dataset.element_spec))
        ]

    def facts(self) -> dict[str, Any]:
        """Nothing besides."""
        return {}

    def open(self, number: int, read: int) -> Iterator[Any]:
        """A new iterator, at batch `read`."""
        del number
        self._made += 1
        if not read:
            self._variables = self._values()
        if not self._saves:
            dataset = self._dataset.skip(read) if read else self._dataset
            return standard_batches(dataset)()
        self._iterator = iter(self._dataset)
        saved, self._saved = self._saved, None
        if read and saved is not None:  # at a pass's end it is the state of one that has ended
            self._load(self._iterator, saved)
        else:
            for _ in range(read):
                next(self._iterator)
        return self._iterator  # type: ignore[no-any-return]

    def spare(self) -> Iterator[Any]:
        """Another iterator, which a shuffle that is new each time counts.

        Other backends than TensorFlow begin to iterate with the first batch, so not at all here.
        """
        self._made += self._native
        return standard_batches(self._dataset)()

    def start(self) -> None:
        """Nothing to do."""

    def begin(self) -> None:
        """Nothing to do."""

    def end(self) -> None:
        """Nothing to do."""

    def capture(self, read: int) -> Any:
        """The iterator's state, where that is the way back, and the variables' values."""
        state: dict[str, Any] = {
            "seeds": list(self._pipeline.seeds),
            "made": self._made - (read > 0),
            "variables": self._variables if read else self._values(),
        }
        if not self._saves or self._iterator is None:
            return state
        with tempfile.TemporaryDirectory(prefix="kresume-") as folder:
            self._checkpoint(iterator=self._iterator).write(f"{folder}/iterator")
            state["iterator"] = {
                one.name: np.frombuffer(one.read_bytes(), dtype=np.uint8)
                for one in sorted(Path(folder).iterdir())
            }
        return state

    def restore(self, state: Any) -> None:
        """Makes as many iterators as had been made, or keeps the state for the next one."""
        self._variables, self._seeds_then = state["variables"], state["seeds"]
        for variable, value in zip(self._pipeline.variables, self._variables, strict=True):
            variable.assign(value)
        saved = state.get("iterator")
        if saved is None:
            while self._made < state["made"]:
                self._made += 1
                if self._pipeline.counts_iterators:
                    iter(self._dataset)
            return
        self._saved, self._made = saved, state["made"]
        if not self._continuous:
            # The orders of the epochs to come are drawn after the state of this one.
            self._load(iter(self._dataset), saved)

    def _values(self) -> list[Any]:
        return [np.array(one) for one in self._pipeline.variables]

    def _load(self, iterator: Any, state: dict[str, Any]) -> None:
        with tempfile.TemporaryDirectory(prefix="kresume-") as folder:
            for name, value in state.items():
                (Path(folder) / Path(name).name).write_bytes(value.tobytes())
            self._checkpoint(iterator=iterator).read(f"{folder}/iterator").assert_consumed()

    def findings(self) -> list[Finding]:
        """By what the pipeline does."""
        from kresume_nb.train import tensorflow_private

        in_order = tensorflow_private.op_determinism()
        reasons = self._pipeline.reasons(saved=self._saves, in_order=in_order)
        seeds = list(self._pipeline.seeds)
        if self._seeds_then not in (None, seeds):
            reasons.append(
                f"the pipeline has the seeds {seeds}, it had {self._seeds_then}: its order is another "
                + ("one when this pass has ended" if self._saves else "one")
                + ". Set the seed that the run was started with, before the pipeline is made"
            )
        if reasons:
            return [
                Finding(what="order of the batches", verdict="approximate", detail=one)
                for one in reasons
            ]
        how = "its iterator's state was saved" if self._saves else "batches skipped"
        return [Finding(what="position in the data", verdict="exact", detail=how)]
