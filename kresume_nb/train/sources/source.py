"""What training asks of its data, whatever kind it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from kresume_nb.run.records import DataArray, Finding, Position


class Source(Protocol):
    """Batches of a run: of any epoch, from any batch on."""

    kind: str
    """As a person calls it: `arrays`, `tf.data`, `generator`."""
    batches: int | None
    """In an epoch; None until one has been read to its end."""
    length_known: bool
    """Whether that was known before; if not, every epoch ends when a batch is missing."""
    samples: int
    """In an epoch; 0 if that is not known."""
    batch_size: int
    """0 if that is not known."""
    seed: int
    """Orders the batches, where the order is ours; set before the first is read."""
    steps_per_execution: int
    """Of the model; set before the first is read."""

    def first_batch(self) -> Any:
        """A batch, or its shapes, read as `fit` reads one that has a model to build."""

    def described(self) -> list[DataArray]:
        """What tells this data from other data, at a bounded cost."""

    def facts(self) -> dict[str, Any]:
        """What a resume compares."""

    def arguments(self, position: Position, epochs: int | None = None) -> dict[str, Any]:
        """The arguments of a `fit` that goes on at that position.

        Args:
            epochs: where training ends; by default after the present epoch. Their `epochs` says how
                far one `fit` can go.
        """

    def begin(self, position: Position) -> None:
        """An epoch, or the rest of one, begins there."""

    def ended(self, batches: int) -> None:
        """An epoch ended after that many batches."""

    def before_reading(self, call: Callable[[], None]) -> None:
        """What to call, where that can be, once before the next batch is read."""

    def before_step(self, model: Any) -> None:
        """A step of this model is about to be taken: its batch may be looked at."""

    def settle(self) -> None:
        """Training ends: waits, for a bounded time, for what is being compared (`doubts`)."""

    def capture(self, position: Position) -> Any:
        """The state of a batch boundary, as plain values and arrays (`state/encoding.py`)."""

    def restore(self, state: Any, position: Position) -> None:
        """Puts a captured state back; the next `arguments` goes on there."""

    def take_up(self, position: Position) -> None:
        """Goes on at a position of which no state was kept."""

    def findings(self) -> list[Finding]:
        """How exactly the position and the order of the batches come back."""

    def doubts(self) -> list[Finding]:
        """What does not come back exactly, as far as has been seen: by reading a batch twice, say."""

    def close(self) -> None:
        """Training is over: lets go of iterators, in the thread that trained.

        Left to the garbage collection they may be deleted in any thread, also in one that reads
        batches for them: it then waits for its own end, and nothing is collected any more.
        """
