"""One kind of data: what `Stream` asks of it. Each kind is a class of its own, in a file beside this."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

from kresume_nb.run.records import DataArray, Finding
from kresume_nb.train.sources.next_batch import NextBatch


class Reader(ABC):
    """One kind of data. What a kind has no need of it leaves as it is here."""

    kind: str
    """As a person calls it."""
    batches: int | None = None
    """In a pass; None if it cannot be known before."""
    samples: int = 0
    """In a pass; 0 if that is not known."""
    batch_size: int = 0
    """0 if that is not known."""
    seed: int = 0
    """Orders the batches, where the order is ours."""
    wrapped: bool
    """Whether Keras puts it into a `DataLoader` on torch."""
    resumes_random: bool
    """Whether going to a position must leave the global random streams as they were."""
    next_batch: NextBatch | None = None
    """Compares what follows a checkpoint with what training gets, where that is seen only then."""

    @abstractmethod
    def first_batch(self) -> Any:
        """As `Source.first_batch`."""

    @abstractmethod
    def described(self) -> list[DataArray]:
        """As `Source.described`."""

    @abstractmethod
    def open(self, number: int, read: int, *, again: bool = False) -> Iterator[Any]:
        """A pass from batch `read` on, as the backend's trainer iterates over it.

        Args:
            number: of the pass, from zero; without `steps_per_epoch` that of the epoch.
            again: it had been opened before the kernel died.
        """

    @abstractmethod
    def spare(self) -> Iterator[Any]:
        """The iterator that Keras makes at the end of an epoch and never reads."""

    @abstractmethod
    def findings(self) -> list[Finding]:
        """As `Source.findings`."""

    def doubts(self) -> list[Finding]:
        """As `Source.doubts`."""
        return []

    def facts(self) -> dict[str, Any]:
        """What a resume compares besides."""
        return {}

    def start(self) -> None:
        """A run begins, from its first batch."""

    def begin(self) -> None:
        """An epoch begins: Keras says so before it makes an iterator."""

    def end(self) -> None:
        """An epoch has been read to its end."""

    def capture(self, read: int, *, begun: bool) -> Any:
        """What going to batch `read` of the present pass needs, beyond that number.

        Args:
            begun: the pass is open, even if nothing has been read of it.
        """

    def restore(self, state: Any) -> None:
        """Puts a captured state back, in a process that has opened nothing yet."""

    def close(self) -> None:
        """As `Source.close`."""
