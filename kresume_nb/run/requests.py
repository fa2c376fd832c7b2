"""Requests of pages to a training: files in the run folder, and what a widget hands over.

A page writes `control-<id>.json` under a temporary name and renames it, which reaches a kernel
whatever it is busy with. Whatever else lies there under such a name is told and taken away; it
never stops training.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from kresume_nb.errors import CorruptRecordError
from kresume_nb.run import atomic, codec, files, layout, limits
from kresume_nb.run.records import SCHEMA, Control

_LONGEST_ID = 100
_AT_ONCE = 20
"""Files that one look takes: a flood of them must not hold up training."""
_ENTRIES = 2000
"""Names that one look goes through."""
_GRACE_SECONDS = 1.0
"""How long a file that is no request may yet become one: somebody may be writing it in place."""


@dataclass(frozen=True, slots=True)
class Received:
    """A request, and the file that it came in."""

    control: Control
    file: str | None = None


class Inbox:
    """Requests handed over within the process. Safe to use from several threads."""

    def __init__(self) -> None:
        self._waiting: deque[Control] = deque(maxlen=_AT_ONCE)
        self._changed = threading.Condition()
        self._open = True

    def put(self, control: Control) -> bool:
        """Hands over a request; False if nobody is there to answer it any more."""
        with self._changed:
            if not self._open or len(self._waiting) == _AT_ONCE:
                return False
            self._waiting.append(control)
            self._changed.notify_all()
            return True

    def take(self) -> list[Received]:
        """What was handed over since the last call."""
        if not self._waiting:
            return []
        with self._changed:
            taken = [Received(control) for control in self._waiting]
            self._waiting.clear()
            return taken

    def wait(self, seconds: float) -> None:
        """Returns when there is something, or when that time has passed."""
        with self._changed:
            if not self._waiting:
                self._changed.wait(seconds)

    def close(self) -> list[Received]:
        """Takes nothing any more; returns what is left."""
        with self._changed:
            self._open = False
        return self.take()


class RequestFiles:
    """The request files of one run folder."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._doubtful: dict[str, float] = {}
        self._stuck: set[str] = set()
        self.problems: list[str] = []
        """What there is to tell of files that were no requests."""

    def names(self) -> list[str]:
        """Names of the files that look like requests, in the order of their making."""
        try:
            there = files.names(self._run, _ENTRIES)
        except OSError:  # the folder was moved or deleted: nothing can be asked there
            return []
        found = [name for name in there if name.startswith(layout.CONTROL)]
        return sorted(
            name for name in found if layout.is_control(name) and name not in self._stuck
        )[:_AT_ONCE]

    def take(self) -> list[Received]:
        """The requests that lie there. A file stays until `remove`."""
        received = []
        for name in self.names():
            try:
                control = self._read(self._run / name)
            except FileNotFoundError:
                continue
            except (CorruptRecordError, OSError) as error:
                self._doubt(name, error)
                continue
            self._doubtful.pop(name, None)
            received.append(Received(control, name))
        return received

    def remove(self, name: str) -> None:
        """Takes a file away. One that cannot be is told, and passed over from now on."""
        try:
            atomic.remove(self._run / name)
        except OSError as error:
            self._stuck.add(name)
            self.problems.append(f"{name} in {self._run.name} cannot be deleted: {error}")

    def take_problems(self) -> list[str]:
        """What came up since the last call."""
        taken, self.problems = self.problems, []
        return taken

    def _read(self, path: Path) -> Control:
        control = codec.decode(Control, codec.read(path, limits.CONTROL))
        if len(control.id) > _LONGEST_ID:
            raise CorruptRecordError(f"its id has {len(control.id):,} characters")
        if control.schema > SCHEMA:
            raise CorruptRecordError(
                f"it is of layout version {control.schema}; this kresume_nb reads up to {SCHEMA}"
            )
        return control

    def _doubt(self, name: str, error: Exception) -> None:
        now = time.monotonic()
        if now - self._doubtful.setdefault(name, now) < _GRACE_SECONDS:
            return
        del self._doubtful[name]
        self.problems.append(
            f"{name} in {self._run.name} is no request and was passed over: {str(error)[:300]}"
        )
        self.remove(name)
