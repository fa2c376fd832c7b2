"""Threads that show something beside the training, in the output of the cell that trains."""

from __future__ import annotations

import contextvars
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable


class Aside(ABC):
    """Work beside the training, until it is told to stop.

    Args:
        name: of the thread.
    """

    def __init__(self, name: str) -> None:
        self._stopped = threading.Event()
        self._thread = aside(self._work, name)

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self) -> None:
        """Ends. Once it returns, nothing more is done, and nobody is called any more."""
        self._stopped.set()
        self._thread.join()

    @abstractmethod
    def _work(self) -> None:
        """What the thread does; it looks at `_stopped`."""


def aside(work: Callable[[], None], name: str) -> threading.Thread:
    """A thread for that work, not yet started, which does not keep the interpreter from ending.

    It has the caller's context: the kernel finds the cell that its messages belong to there.
    """
    context = contextvars.copy_context()
    return threading.Thread(target=context.run, args=(work,), name=name, daemon=True)
