"""States of a source that is read ahead of the training.

Keras on TensorFlow reads Python sources in another thread, a few batches ahead. What a source is by
then is not what it was at the batch that training has reached; so its state is written down with
every batch, until training has passed it.
"""

from __future__ import annotations

from collections import deque
from typing import Any


class Ahead:
    """States by the number of batches read when they were true.

    One thread notes, another looks up; both only append to or pop from a deque, which is atomic.
    """

    def __init__(self) -> None:
        self._noted: deque[tuple[int, Any]] = deque()

    def clear(self) -> None:
        """A new pass begins."""
        self._noted = deque()

    def note(self, read: int, state: Any) -> None:
        """The source's state when `read` batches have been read."""
        self._noted.append((read, state))

    def at(self, read: int) -> Any:
        """The newest state noted up to `read` batches; None if there is none.

        Older ones are forgotten: training does not go back.
        """
        noted = self._noted
        while len(noted) > 1 and noted[1][0] <= read:
            noted.popleft()
        return noted[0][1] if noted and noted[0][0] <= read else None
