"""The picture of a run while it trains: what a killed kernel leaves to pages that run nothing.

Drawn by a thread of its own, seldom enough that training does not notice.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from pathlib import Path

from kresume_nb.errors import KResumeError
from kresume_nb.run.fold import Fold
from kresume_nb.run.reader import read_journal
from kresume_nb.view import figures
from kresume_nb.view.threads import Aside

FIRST = 20.0
"""Seconds after which there is a picture; a run that is lost sooner is no loss."""
LEAST = 60.0
"""Seconds from one to the next, at least."""
_SHARE = 500
"""Drawing takes at most this part of the time."""


class Pictures(Aside):
    """Draws a run now and then, until it is stopped.

    Args:
        run: the run folder.
        show: takes the run as it stands and its PNG. Called from the thread.
        first: seconds to the first picture.
        least: seconds between two of them, at least.
    """

    def __init__(
        self,
        run: Path,
        show: Callable[[Fold, bytes], None],
        *,
        first: float = FIRST,
        least: float = LEAST,
    ) -> None:
        self._run = run
        self._show = show
        self._first = first
        self._least = least
        super().__init__("kresume-picture")

    def _work(self) -> None:
        wait = self._first
        while not self._stopped.wait(wait):
            began = time.monotonic()
            try:
                fold = read_journal(self._run).fold
                picture = figures.png(figures.figure(fold, self._run.name))
            except (OSError, KResumeError) as error:
                warnings.warn(
                    f"kresume_nb: no picture of {self._run.name} for now: {error}. Training goes on.",
                    stacklevel=2,
                )
            else:
                if fold.position.step > 0 and not self._stopped.is_set():
                    self._show(fold, picture)
            wait = max(self._least, _SHARE * (time.monotonic() - began))
