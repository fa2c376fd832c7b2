"""SIGTERM: the end of a spot machine, of a SLURM job, a container or a kernel that is shut down.

It is put off to the next batch boundary, where a checkpoint can be taken, and then does what it would
have done: the process ends by it, or a handler of the user's is called. A second one acts at once.
"""

from __future__ import annotations

import inspect
import os
import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import Any, Self


class Terminated(BaseException):
    """Ends `fit` from within at a boundary that was saved; the process is about to end."""


class Termination:
    """While active, the first SIGTERM is remembered; `carry_out` does what it would have done.

    Signals only reach the main thread; elsewhere, where SIGTERM is ignored, and where code outside
    Python handles it, this does nothing. A process that is forked meanwhile (a data loader's worker,
    which its parent ends by SIGTERM) behaves as if this were not there.
    """

    def __init__(self) -> None:
        self.requested = False
        self._previous: Any = None
        self._active = False
        self._process = os.getpid()

    @property
    def chained(self) -> bool:
        """Whether a handler of the user's stands behind this: it decides how things go on."""
        return callable(self._previous)

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._install()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._active:
            self._active = False
            if signal.getsignal(signal.SIGTERM) == self._received:  # nobody has set another one
                signal.signal(signal.SIGTERM, self._previous)

    def _install(self) -> None:
        previous = signal.getsignal(signal.SIGTERM)
        if callable(previous) or previous == signal.SIG_DFL:
            self._previous, self._active = previous, True
            signal.signal(signal.SIGTERM, self._received)

    def carry_out(self) -> None:
        """Does what the signal would have done, if there was one; returns if that lets it.

        After that the next SIGTERM is remembered as the first was.
        """
        if not self.requested:
            return
        self.requested = False
        if self.chained:
            self._previous(signal.SIGTERM, inspect.currentframe())
            if self._active:
                self._install()
            return
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os.kill(os.getpid(), signal.SIGTERM)

    def _received(self, _number: int, _frame: FrameType | None) -> None:
        # What stood there before: from now on the next SIGTERM acts at once, even in native code.
        signal.signal(signal.SIGTERM, self._previous)
        if os.getpid() != self._process:
            os.kill(os.getpid(), signal.SIGTERM)
            return
        self.requested = True
        # Not print(): a signal may arrive in the middle of one, and Python forbids a second.
        os.write(
            2,
            b"kresume_nb: SIGTERM: saving a checkpoint at the next batch boundary, then ending. "
            b"A second SIGTERM acts at once.\n",
        )
