"""Threads that show something beside the training, in the output of the cell that trains."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable


def aside(work: Callable[[], None], name: str) -> threading.Thread:
    """A thread for that work, not yet started, which does not keep the interpreter from ending.

    It has the caller's context: the kernel finds the cell that its messages belong to there.
    """
    context = contextvars.copy_context()
    return threading.Thread(target=context.run, args=(work,), name=name, daemon=True)
