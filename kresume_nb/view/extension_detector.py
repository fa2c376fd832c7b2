"""Looks whether a page with our extension shows a run. Only reads the run folder.

Only the page knows what it is, and it cannot tell a busy kernel by a message (ipykernel 6 and 7.4
read none while a cell runs). So it leaves the id of the widget that it was sent in a file.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kresume_nb.errors import CorruptRecordError
from kresume_nb.run import files, layout, limits
from kresume_nb.view.threads import Aside

INTERVAL = 0.25
"""Seconds between two looks, each of some microseconds."""


class ExtensionDetector(Aside):
    """Waits until a page says that it needs a widget no more, or until it is stopped.

    Args:
        run: the run folder.
        widget: id of its model; an id of another training's widget says nothing about this one.
        seen: called once, from a thread.
    """

    def __init__(self, run: Path, widget: str, seen: Callable[[], None]) -> None:
        self._file = run / layout.SEEN
        self._widget = widget.encode()
        self._seen = seen
        super().__init__("kresume-lookout")

    def _work(self) -> None:
        while not self._stopped.wait(INTERVAL):
            if self._read() == self._widget:
                self._seen()
                return

    def _read(self) -> bytes:
        try:
            return files.read(self._file, limits.SEEN)
        except (OSError, CorruptRecordError):  # not there, the folder is gone, or none of ours
            return b""
