"""Follows a run's journal and passes it on in pieces, for a widget. Only reads the run folder."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from kresume_nb.run import files, heartbeat, layout, limits
from kresume_nb.run.records import Lines
from kresume_nb.view.threads import aside

INTERVAL = 0.2
"""Seconds between two pieces; the journal is written as often."""
_CATCH_UP = 0.1
"""The same while there is more to pass on: ten messages a second, at most."""
_PIECE = 64 * 2**10
"""Bytes of a piece. Jupyter's server drops what comes faster than a megabyte a second."""
_PATIENCE = 2.0
_BEAT = 2.0


class JournalLines:
    """The complete lines of a journal, a piece at a time."""

    def __init__(self, run: Path) -> None:
        self._path = run / layout.JOURNAL
        self._offset = 0
        self.number = 0
        """Lines read so far."""

    def rewind(self, number: int) -> None:
        """Goes back to before line `number`, counted from zero. Never goes ahead."""
        if number >= self.number:
            return
        self._offset, self.number = 0, 0
        while self.number < number and (lines := self._read(number)):
            self.number += len(lines)

    def next(self) -> list[str]:
        """What comes next; nothing if there is no more complete line."""
        lines = self._read(None)
        self.number += len(lines)
        return [line.decode(errors="replace") for line in lines]

    def _read(self, until: int | None) -> list[bytes]:
        try:
            with files.reading(self._path) as file:
                file.seek(self._offset)
                data = file.read(_PIECE)
                if len(data) == _PIECE and b"\n" not in data:
                    data += file.readline(limits.LINE)
        except OSError:  # not there yet, or not any more
            return []
        lines = data.split(b"\n")[:-1]
        if until is not None:
            lines = lines[: until - self.number]
        self._offset += sum(len(line) + 1 for line in lines)
        return lines


class Feed:
    """Passes on what a journal says, from a thread of its own.

    Args:
        run: the run folder.
        send: takes a piece. Called from the thread.
    """

    def __init__(self, run: Path, send: Callable[[Lines], None]) -> None:
        self._journal = JournalLines(run)
        self._path = run
        self._send = send
        self._changed = threading.Condition()
        self._following = False
        self._again: int | None = None
        self._thread: threading.Thread | None = None

    def follow(self) -> None:
        """Begins to pass on what is there, and what comes."""
        with self._changed:
            self._following = True
            self._run()

    def reopen(self, number: int) -> None:
        """Passes on again what comes after that many lines."""
        with self._changed:
            self._again = number if self._again is None else min(number, self._again)
            self._run()

    def finish(self) -> None:
        """Nothing more will come. Waits a little for the rest; what takes longer comes by itself."""
        with self._changed:
            self._following = False
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(_PATIENCE)

    def _run(self) -> None:
        self._changed.notify_all()
        if self._thread is None:
            self._thread = aside(self._work, "kresume-widget")
            self._thread.start()

    def _work(self) -> None:
        beat = 0.0
        while True:
            with self._changed:
                again, self._again = self._again, None
                following = self._following  # as it was before looking: the last lines come first
            if again is not None:
                self._journal.rewind(again)
            first = self._journal.number
            lines = self._journal.next()
            now = time.monotonic()
            if lines or now >= beat:
                self._send(Lines(first=first, lines=lines, alive=self._alive()))
                beat = now + _BEAT
            with self._changed:
                if not lines and not following and self._again is None:
                    self._thread = None
                    return
                if self._again is None and following == self._following:
                    self._changed.wait(_CATCH_UP if lines else INTERVAL)

    def _alive(self) -> bool:
        age = heartbeat.age(self._path)
        return age is not None and age < heartbeat.SILENT_SECONDS
