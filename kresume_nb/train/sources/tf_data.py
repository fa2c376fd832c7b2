"""`tf.data`: its iterator's state is saved where that is needed, else batches are skipped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from kresume_nb.run.records import DataArray, Finding
from kresume_nb.train.keras_compat.keras_data import class_weighted, standard_batches
from kresume_nb.train.sources.next_batch import NextBatch, Way
from kresume_nb.train.sources.reader import Reader
from kresume_nb.train.sources.tf_pipeline import Pipeline, inspect
from kresume_nb.train.sources.tf_shuffles import Shuffles

LARGEST = 1 << 27
"""Bytes of an iterator's state that a checkpoint takes: 128 MiB."""


class TFData(Reader):
    """Reads a `tf.data.Dataset`.

    Ways back to a batch, by what the pipeline does (`tf_pipeline.py`):

    * What its shuffles draw from is set to what it was when the present pass began (`Shuffles`), and
      the batches already trained on are skipped: a part of one epoch.
    * It shuffles without a seed, or one iterator goes through all epochs: the iterator's own state is
      saved with each checkpoint, shuffle buffers included, up to `LARGEST` (Keras on TensorFlow only).
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
        self._dataset = class_weighted(dataset, class_weight)
        self._continuous = continuous
        cardinality = int(self._dataset.cardinality())
        self.batches = cardinality if cardinality >= 0 else None
        spec = keras.tree.flatten(self._dataset.element_spec)
        self.samples, self.batch_size = 0, int(spec[0].shape[0] or 0) if spec[0].shape.rank else 0
        self._pipeline: Pipeline = inspect(self._dataset)
        self._native = keras.backend.backend() == "tensorflow"
        self._shuffles = Shuffles(self._pipeline)
        self.next_batch: NextBatch = NextBatch(self._dataset, self._pipeline, native=self._native)
        self._saves = (
            self._native
            and self._pipeline.savable
            and (continuous or self._pipeline.shuffles_without_seed)
            and (self._pipeline.buffered or 0) <= LARGEST
        )
        self._iterator: Any = None
        self._saved: Any = None
        """An iterator's state, for the one that is made next."""
        self._loaded = False
        """Whether the present pass was taken up by such a state."""
        self._seeds_then: list[int] | None = None

    def first_batch(self) -> Any:
        """What it declares; where Keras reads a batch instead, so is one here."""
        if not self._native:
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

    def open(self, number: int, read: int, *, again: bool = False) -> Iterator[Any]:
        """A new iterator, at batch `read`."""
        del number
        self._shuffles.begin(again=again)
        self.next_batch.begun(self._shuffles.due_now)
        saved, self._saved = self._saved, None
        if not self._native or saved is None:
            dataset = self._dataset.skip(read) if read else self._dataset
            if not self._saves:
                batches = standard_batches(dataset)()
                return batches if self._native else self.next_batch.watched(batches)
            # Not of the data set with its skip, whose states one without would not take.
            self._iterator = iter(self._dataset)
            for _ in range(read):
                next(self._iterator)
            return self._iterator  # type: ignore[no-any-return]
        self._iterator = iter(self._dataset)
        saved(self._iterator)
        self._loaded = True
        return self._iterator  # type: ignore[no-any-return]

    def spare(self) -> Iterator[Any]:
        """Another iterator, which a shuffle that is new each time counts.

        Other backends than TensorFlow begin to iterate with the first batch, so not at all here.
        """
        return standard_batches(self._dataset)()

    def close(self) -> None:
        """Lets go of the iterators."""
        self._iterator = None
        self.next_batch.close()
        self._shuffles.close()

    def capture(self, read: int, *, begun: bool) -> Any:
        """What the shuffles draw from, and the iterator's state where that is the way back."""
        state = self._captured(begun=begun)
        if self._pipeline.told_apart(saved="iterator state" in state):
            drawn = tuple(self._shuffles.due(state["drawn then"]))
            self.next_batch.due(Way(drawn, read, state.get("iterator state")))
        return {**state, "compared": self.next_batch.told}

    def _captured(self, *, begun: bool) -> dict[str, Any]:
        state = {"seeds": list(self._pipeline.seeds), **self._shuffles.capture(begun=begun)}
        if not (begun and self._saves and self._iterator is not None):
            return state
        from kresume_nb.train.sources import tf_state

        now = self._shuffles.drawn()
        iterator = tf_state.save(self._iterator)
        again = self._shuffles.drawn()
        if iterator.nbytes > LARGEST:
            self._saves = False
        elif now == again:  # else the thread that reads ahead began another pass of some stage
            state |= {"iterator state": iterator, "drawn": now}
        return state

    def restore(self, state: Any) -> None:
        """Puts back what the shuffles draw from, and keeps the state for the next iterator."""
        self._seeds_then = state["seeds"]
        self.next_batch.restore(state.get("compared", ""))
        if "drawn then" not in state:
            self._saved = self._shuffles.restore_older(state, self._dataset, self._continuous)
            return
        self._shuffles.restore(state)
        saved = state.get("iterator state")
        if saved is not None:
            self._saved = lambda iterator: self._take_up(iterator, saved, state["drawn"])

    def _take_up(self, iterator: Any, saved: Any, drawn: list[int]) -> None:
        from kresume_nb.train.sources import tf_state

        tf_state.load(iterator, saved)
        self._shuffles.set(drawn)

    def doubts(self) -> list[Finding]:
        """By comparing what a resume would read with what training got."""
        return self.next_batch.doubts

    def findings(self) -> list[Finding]:
        """By what the pipeline does."""
        loaded = self._loaded or self._saved is not None
        reasons = self._shuffles.reasons(saved=loaded)
        seeds = list(self._pipeline.seeds)
        then = self._seeds_then
        if then is not None and then != seeds[: len(then)]:
            reasons.append(
                f"the pipeline has the seeds {seeds}, it had {then}: its order is another "
                + ("one when this pass has ended" if loaded else "one")
                + ". Set the seed that the run was started with, before the pipeline is made"
            )
        if reasons:
            return [
                Finding(what="order of the batches", verdict="approximate", detail=one)
                for one in reasons
            ]
        how = "its iterator's state was saved" if loaded else "batches skipped"
        how += f"; {self.next_batch.told}"
        return [Finding(what="position in the data", verdict="exact", detail=how)]
