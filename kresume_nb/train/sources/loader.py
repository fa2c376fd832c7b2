"""torch's `DataLoader`: the order of a pass is drawn when it begins, so that moment is what is kept."""

from __future__ import annotations

import copy
import itertools
import multiprocessing
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import keras
import numpy as np

from kresume_nb.run.records import DataArray, Finding
from kresume_nb.train.keras_compat.keras_data import PEEKED, as_numpy, converted
from kresume_nb.train.sources import twice
from kresume_nb.train.sources.fingerprint import describe_data
from kresume_nb.train.sources.reader import Reader
from kresume_nb.train.state import rng
from kresume_nb.train.state.data_object import OF_A_LOADER, DataObjectState


class Loader(Reader):
    """Reads a `torch.utils.data.DataLoader`.

    A pass draws its order, and its workers' seeds, from torch's global stream or the loader's
    generator when it begins. To go back to a batch those streams are set to that moment, the pass is
    begun again, and the batches before are passed over: by their indices alone where nothing but
    the training thread reads the data, else by loading them again, which brings the workers' own
    streams to where they were.

    Args:
        loader: a `DataLoader`.
    """

    kind = "DataLoader"
    seed = 0
    samples = 0
    wrapped = resumes_random = False  # it is a loader, and `open` sees to the streams

    def __init__(self, loader: Any) -> None:
        import torch

        self._torch, self._loader = torch, loader
        self.batches = len(loader) if hasattr(loader.dataset, "__len__") else None
        self.batch_size = int(loader.batch_size or 0)
        self._iterable = isinstance(loader.dataset, torch.utils.data.IterableDataset)
        owners = [one for one in OF_A_LOADER if hasattr(getattr(loader, one), "__dict__")]
        self._own = [DataObjectState(getattr(loader, one), ignored=frozenset()) for one in owners]
        self._names = [f"DataLoader.{one}" for one in owners]
        self._by_index = (
            not self._iterable
            and loader.num_workers == 0
            and keras.backend.backend() != "tensorflow"  # there another thread reads ahead
        )
        self._on_torch = keras.backend.backend() == "torch"
        self._later: list[dict[str, Any]] | None = None
        """What data set and samplers are to remember once the pass has been begun anew."""
        self._before: dict[str, Any] | None = None
        self._batches: Iterator[Any] | None = None
        self._doubts: list[Finding] = []
        state = self._state()
        self._obstacle = _obstacle(loader)
        # An `IterableDataset` is told as not exact anyway.
        trial = [] if self._iterable or self._obstacle else self._unseen(1, state)
        if keras.backend.backend() == "tensorflow":  # there Keras does the same
            self._first = self._look(PEEKED)
        else:
            self._first = self._unseen(PEEKED, state)
        if trial and self._first:
            self._doubts = twice.doubts("read twice before training", self._first[0], trial[0])
        self._iterate = self._read if self._on_torch else converted(self._read, self._first)

    def _look(self, count: int) -> list[Any]:
        return [_tuples(one) for one in itertools.islice(iter(self._loader), count)]

    def _unseen(self, count: int, state: dict[str, Any]) -> list[Any]:
        """The first batches; what reading them changes is put back."""
        with ExitStack() as undoing:
            for one in self._own:
                undoing.enter_context(one.undone())
            first = self._look(count)
        self._put(state)
        return first

    def first_batch(self) -> Any:
        """Its first batch, read once more as Keras does where it builds a model."""
        if keras.backend.backend() != "tensorflow":
            next(iter(self._loader))
        return as_numpy(self._first[0])

    def described(self) -> list[DataArray]:
        """The shapes of a batch; what is in it depends on the order that was drawn."""
        return [
            DataArray(name=one.name, shape=[-1, *one.shape[1:]], dtype=one.dtype, digest="")
            for one in describe_data(as_numpy(self._first[0]))
        ]

    def facts(self) -> dict[str, Any]:
        """How much there is."""
        size = None if self._iterable else len(self._loader.dataset)
        return {"samples": size, "batch_size": self.batch_size}

    def close(self) -> None:
        """Lets go of the loader's iterator, and so of its workers."""
        self._batches = None

    def open(self, number: int, read: int, *, again: bool = False) -> Iterator[Any]:
        """A pass from batch `read` on."""
        del number
        if not again or not (read or self._on_torch):  # elsewhere it draws with the first batch
            self._before = self._state()
            # Keras on torch makes the loader's iterator now, elsewhere with the first batch.
            self._batches = iter(self._loader) if self._on_torch else None
            return self._iterate()
        now = self._state()
        if self._before is not None:
            self._put(self._before)
        if self._by_index:
            self._batches = self._from(read)
        else:
            self._batches = iter(self._loader)
            for _ in itertools.islice(self._batches, read):
                pass
        iterator = self._iterate()
        if self._by_index or keras.backend.backend() != "tensorflow":
            self._put(now)
        else:  # the thread that reads ahead goes on with torch's stream as it is
            rng.restore(now["random"])
        later, self._later = self._later, None
        self._put_attributes(later)  # beginning the pass anew has changed them again
        return iterator

    def _from(self, read: int) -> Iterator[Any]:
        """The pass from batch `read` on, without loading what came before."""
        loader = self._loader
        # As a loader's iterator does when it is made, before it asks the sampler.
        self._torch.empty((), dtype=self._torch.int64).random_(generator=loader.generator)
        batched = loader.batch_sampler is not None
        indices = iter(loader.batch_sampler if batched else loader.sampler)
        rest: Iterator[Any] = itertools.islice(indices, read, None)
        for index in rest:  # draws the order now, while the streams are those of the beginning
            rest = itertools.chain([index], rest)
            break
        left = _Rest(rest, len(loader) - read)
        chosen = {"batch_sampler": left} if batched else {"sampler": left, "batch_size": None}
        return iter(
            self._torch.utils.data.DataLoader(
                loader.dataset,
                collate_fn=loader.collate_fn,
                pin_memory=loader.pin_memory,
                generator=loader.generator,
                **chosen,
            )
        )

    def spare(self) -> Iterator[Any]:
        """One that is not read: on torch, making it draws from the streams."""
        return iter(self._loader) if self._on_torch else iter(())

    def capture(self, read: int, *, begun: bool) -> Any:
        """The streams as they were when the pass began, and as they are."""
        del read
        return {"before": self._before if begun else None, "now": self._state()}

    def restore(self, state: Any) -> None:
        """Puts the streams back, and what data set and samplers remember."""
        self._before = state["before"]
        self._put(state["now"])
        now = state["now"].get("attributes")
        if self._before is None:
            self._put_attributes(now)
        else:  # the pass is begun anew, with what they remembered then
            self._put_attributes(self._before.get("attributes"))
            self._later = now

    def doubts(self) -> list[Finding]:
        """By reading a batch twice, and of arrays too large to be saved."""
        own = zip(self._own, self._names, strict=True)
        return [*self._doubts, *(found for one, name in own for found in one.doubts(name))]

    def findings(self) -> list[Finding]:
        """Exact, unless the data yields what it likes."""
        if self._iterable:
            return [
                Finding(
                    what="position in the data",
                    verdict="approximate",
                    detail="an IterableDataset was read again from its beginning: the batches are the "
                    "same only if it yields the same each time",
                )
            ]
        how = (
            "by the sampler's indices" if self._by_index else "the pass was read again up to there"
        )
        how = twice.said(how, self._doubts, self._obstacle)
        if keras.backend.backend() == "tensorflow":
            how += "; what the data set itself draws from global streams is read ahead of training"
        return [Finding(what="position in the data", verdict="exact", detail=how)]

    def _read(self) -> Iterator[Any]:
        batches, self._batches = self._batches, None
        # Not `batches or …`: such an iterator has a length, and of an IterableDataset it is an error.
        for batch in iter(self._loader) if batches is None else batches:
            yield _tuples(batch)

    def _state(self) -> dict[str, Any]:
        generator = self._loader.generator
        return {
            "random": rng.capture(),
            "torch": self._torch.get_rng_state().numpy().copy(),
            "generator": None if generator is None else generator.get_state().numpy().copy(),
            "own": [one.streams() for one in self._own],
            "attributes": [_copied(one.capture({})) for one in self._own],
        }

    def _put_attributes(self, states: list[dict[str, Any]] | None) -> None:
        for one, state in zip(self._own, states or (), strict=False):
            one.restore(state)

    def _put(self, state: dict[str, Any]) -> None:
        rng.restore(state["random"])
        self._torch.set_rng_state(self._torch.from_numpy(np.array(state["torch"])))
        if self._loader.generator is not None and state["generator"] is not None:
            self._loader.generator.set_state(self._torch.from_numpy(np.array(state["generator"])))
        for one, streams in zip(self._own, state["own"], strict=True):
            one.put_streams(streams)


def _obstacle(loader: Any) -> str:
    """Why a batch is not read twice, as the end of a sentence; empty if it may be.

    Workers read it, as in training: what a data set opens when it is first asked is often not to be had
    in two processes, so it is not asked in this one.
    """
    if not loader.num_workers:
        return ""
    if loader.persistent_workers:
        return "its workers stay, and would remember it"
    context = loader.multiprocessing_context or multiprocessing
    method = context.get_start_method()
    return "" if method == "fork" else f"its workers take long to start ({method})"


def _copied(state: dict[str, Any]) -> dict[str, Any]:
    """A state as it is now; being copies, its objects are put into those that are there."""
    return copy.deepcopy({name: value for name, value in state.items() if name != "identity"})


class _Rest:
    """Indices not used yet; a loader takes any iterable for a sampler."""

    def __init__(self, indices: Iterator[Any], count: int) -> None:
        self._indices, self._count = indices, count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Any]:
        return self._indices


def _tuples(batch: Any) -> Any:
    return tuple(batch) if isinstance(batch, list) else batch
