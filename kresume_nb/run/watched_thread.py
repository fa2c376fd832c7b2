"""A thread that is not allowed to end unnoticed."""

from __future__ import annotations

import threading
from collections.abc import Callable


class WatchedThread:
    """Runs `work` in a daemon thread; if it ends by an error, restarts it once.

    Args:
        work: returns when the thread is to end.
        name: of the thread.
        what: what it does, for a message: `"the thread that writes checkpoints"`.
        without: a sentence on what is missing once it has ended for good.
        tell: takes a message that a person has to see.
    """

    def __init__(
        self,
        work: Callable[[], None],
        *,
        name: str,
        what: str,
        without: str,
        tell: Callable[[str], None],
    ) -> None:
        self._work, self._name = work, name
        self._what, self._without = what, without
        self._tell = tell
        self._mutex = threading.RLock()
        self._done = self._restarted = self._given_up = False
        with self._mutex:
            self._thread = self._start()

    def check(self) -> bool:
        """Whether it works, or has done its work; one that ended by an error is restarted here."""
        with self._mutex:
            # In this order: it may do the last of its work in between.
            alive = self._thread.is_alive()
            if not (alive or self._done or self._given_up):
                self._died("unexpectedly")
            return not self._given_up

    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def join(self) -> None:
        """Returns when it has done its work, or has ended for good."""
        while self.check():
            thread = self._thread
            thread.join()
            if self._done:
                return

    def _start(self) -> threading.Thread:
        thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        thread.start()
        return thread

    def _run(self) -> None:
        try:
            self._work()
            self._done = True
        except BaseException as error:  # noqa: BLE001  # told, and the thread is restarted
            with self._mutex:
                if threading.current_thread() is self._thread:
                    self._died(f"by {type(error).__name__}: {error}")

    def _died(self, how: str) -> None:
        if not self._restarted:
            self._restarted = True
            self._tell(f"{self._what} ended {how}. It was restarted.")
            try:
                self._thread = self._start()
                return
            except RuntimeError as error:  # no more threads can be had
                how = f"{how}, and cannot be restarted: {error}"
        self._given_up = True
        self._tell(f"{self._what} ended {how}. {self._without}")
