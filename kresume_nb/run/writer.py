"""Writes a run folder: one writer at a time, and nothing that a kill can leave half-true.

The journal is the truth and is only ever appended to, whole lines at a time. `history.json` is
derived from it by the heartbeat's thread, so that its cost never falls on a training step. A write
that fails (a full disk) is kept, told once, and tried again: training goes on.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import filelock

from kresume_nb.errors import RunFolderError, RunLockedError
from kresume_nb.run import atomic, codec, layout
from kresume_nb.run.reader import read_journal
from kresume_nb.run.records import Header, JournalEvent

HEARTBEAT_SECONDS = 2.0
_HISTORY_SHARE = 50
"""`history.json` is rewritten at most each second, and at most a fiftieth of the time."""


def new_folder(folder: Path, base: str) -> Path:
    """Makes the next free run folder of that name: `mnist-003` after `mnist-002`.

    Raises:
        RunFolderError: if it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        numbers = [
            split[1]
            for entry in folder.iterdir()
            if (split := layout.split_name(entry.name)) and split[0] == base
        ]
        number = max(numbers, default=0) + 1
        while True:  # another process may take the number at the same time
            path = folder / layout.run_name(base, number)
            try:
                (path / layout.CHECKPOINTS).mkdir(parents=True)
            except FileExistsError:
                number += 1
                continue
            for made in (path, folder, folder.parent):  # what is durable inside must be found
                atomic.sync_folder(made)
            return path
    except OSError as error:
        raise RunFolderError(
            f"The run folder cannot be made in {folder}: {error.strerror or error}. "
            "kr.fit keeps checkpoints and history there; pass folder='…' with a place that you "
            "may write to."
        ) from error


def lock(path: Path, patience: float = 0.0) -> filelock.BaseFileLock:
    """Takes the lock of a run: one that dies with the process. Nothing else is touched.

    Args:
        patience: seconds within which whoever only looks whether it is free has let go of it.

    Raises:
        RunLockedError: if another process writes this run.
        RunFolderError: if it cannot be locked.
    """
    held = filelock.FileLock(path / layout.LOCK, thread_local=False)
    try:
        held.acquire(timeout=patience)
    except filelock.Timeout:
        raise RunLockedError(
            f"{path.name} is being written by another process ({path / layout.LOCK} is locked). "
            "Wait for it to end or stop it; pass resume='never' to begin a new run beside it."
        ) from None
    except OSError as error:
        raise _unwritable(path, error) from error
    return held


def _unwritable(path: Path, error: OSError) -> RunFolderError:
    return RunFolderError(
        f"The run folder {path} cannot be written: {error.strerror or error}. Make it writable, or "
        "pass folder='…' with a place that you may write to."
    )


class RunWriter:
    """Appends to the journal of one run. Safe to use from several threads.

    Args:
        path: the run folder.
        held: its lock, let go by `close`.

    Raises:
        RunFolderError: if it cannot be written. The lock is let go.
    """

    def __init__(self, path: Path, held: filelock.BaseFileLock) -> None:
        self.path = path
        self.problems: list[str] = []
        self._mutex = threading.RLock()
        self._closed = threading.Event()
        self._pending = bytearray()
        self._dirty = False
        self._history_due = 0.0
        self._journal: BinaryIO | None = None
        self._lock = held
        try:
            self.fold = read_journal(path, keep_steps=False).fold
            self._open()
        except BaseException as error:
            self._lock.release()
            if isinstance(error, OSError):
                raise _unwritable(path, error) from error
            raise
        self._thread = threading.Thread(target=self._beat, name="kresume-heartbeat", daemon=True)
        self._thread.start()

    def _open(self) -> None:
        checkpoints = self.path / layout.CHECKPOINTS
        checkpoints.mkdir(exist_ok=True)
        atomic.remove_temporaries(checkpoints)
        atomic.remove_temporaries(self.path)
        path = self.path / layout.JOURNAL
        if path.exists() and path.stat().st_size:
            with path.open("rb") as file:
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    self._pending += b"\n"  # ends the torn line; readers pass over it
        self._journal = path.open("ab", buffering=0)
        (self.path / layout.HEARTBEAT).touch()
        atomic.sync_folder(self.path)

    def write_header(self, header: Header) -> None:
        """Writes `run.json`.

        Raises:
            RunFolderError: if it cannot be written.
        """
        try:
            atomic.write(self.path / layout.HEADER, codec.dumps(header).encode())
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def append(self, *events: JournalEvent) -> None:
        """Appends events to the journal; once it returns they survive the process.

        A write that fails is told in `problems` and tried again with the next events.
        """
        data = b"".join(codec.dumps(event).encode() + b"\n" for event in events)
        with self._mutex:
            self.fold.feed(events)
            self._pending += data
            self._dirty = True
            self._drain()

    def _drain(self) -> None:
        try:
            # A disk that fills up takes a part: the rest follows when it can.
            while self._journal is not None and self._pending:
                del self._pending[: self._journal.write(self._pending) or 0]
        except OSError as error:
            self.problem(f"{self.path / layout.JOURNAL} cannot be written: {error}")

    def problem(self, message: str) -> None:
        """Keeps a message for the training thread to show, once."""
        with self._mutex:
            if message not in self.problems:
                self.problems.append(message)

    def take_problems(self) -> list[str]:
        """The messages that came up since the last call."""
        with self._mutex:
            taken, self.problems = self.problems, []
            return taken

    def sync(self) -> None:
        """Makes the journal durable: a checkpoint must not outlive the events before it."""
        if self._journal is not None:
            atomic.sync(self._journal)

    def checkpoint_files(self) -> list[str]:
        """Names of the checkpoint files that there are."""
        found = (self.path / layout.CHECKPOINTS).iterdir()
        return [path.name for path in found if layout.is_checkpoint(path.name)]

    def remove(self, files: Sequence[str]) -> None:
        """Deletes checkpoints by name."""
        for name in files:
            atomic.remove(layout.checkpoint_path(self.path, name))

    def _beat(self) -> None:
        heartbeat = self.path / layout.HEARTBEAT
        beat_due = 0.0
        while not self._closed.wait(min(1.0, HEARTBEAT_SECONDS / 2)):
            now = time.monotonic()
            try:
                if now >= beat_due:
                    os.utime(heartbeat)
                    beat_due = now + HEARTBEAT_SECONDS * 0.9
                if self._dirty and now >= self._history_due:
                    self._write_history(durable=False)
            except OSError as error:
                self.problem(f"{self.path} cannot be written: {error}")

    def _write_history(self, *, durable: bool) -> None:
        began = time.monotonic()
        with self._mutex:
            self._dirty = False
            summary = self.fold.summary(self.path.name, self._folded())
            document = {**self.fold.history(), "kresume": summary}
        data = codec.dumps(document).encode()
        atomic.write(self.path / layout.HISTORY, data, durable=durable)
        took = time.monotonic() - began
        self._history_due = began + max(1.0, _HISTORY_SHARE * took)

    def _folded(self) -> int:
        """Size of the journal, if all that was folded is in it."""
        if self._journal is None or self._pending:
            return 0
        return os.fstat(self._journal.fileno()).st_size

    def close(self) -> None:
        """Writes the last of it, stops the heartbeat and lets go of the run."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._thread.join()
        try:
            with self._mutex:
                self._drain()
            self.sync()
            self._write_history(durable=True)
        except OSError as error:
            self.problem(f"{self.path} cannot be written: {error}")
        finally:
            if self._journal is not None:
                self._journal.close()
            self._lock.release()
