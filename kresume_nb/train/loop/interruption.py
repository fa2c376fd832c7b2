"""The stop button: ends training at a batch boundary, where a checkpoint can be taken."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType, TracebackType
from typing import Self


class StopButton:
    """While active, the first SIGINT is remembered, the second raises KeyboardInterrupt at once.

    Jupyter's stop button and Ctrl+C are SIGINT. Signals only reach the main thread; elsewhere this
    does nothing.
    """

    def __init__(self) -> None:
        self.requested = False
        self._previous: object = None
        self._active = False

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGINT, self._received)
            self._active = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._active:
            signal.signal(signal.SIGINT, self._previous)  # type: ignore[arg-type]
            self._active = False

    def _received(self, _number: int, _frame: FrameType | None) -> None:
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True
        # Not print(): a signal may arrive in the middle of one, and Python forbids a second.
        os.write(
            2,
            b"kresume_nb: stopping at the next batch boundary, to save a checkpoint there. "
            b"Interrupt again to stop at once.\n",
        )
