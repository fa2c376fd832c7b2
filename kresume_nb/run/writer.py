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
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import filelock

from kresume_nb.errors import RunFolderError, RunLockedError
from kresume_nb.run import atomic, codec, files, headers, layout
from kresume_nb.run.mending import mended, remembered
from kresume_nb.run.reader import checkpoint_files, read_journal
from kresume_nb.run.records import Header, JournalEvent, Pruned
from kresume_nb.run.undone import undone
from kresume_nb.run.watched_thread import WatchedThread

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
                files.make_folder(path)
            except FileExistsError:
                number += 1
                continue
            files.make_folder(path / layout.CHECKPOINTS)
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
    held = filelock.FileLock(path / layout.LOCK, mode=0o600, thread_local=False)
    try:
        with suppress(FileNotFoundError):
            files.info(path / layout.LOCK)  # filelock follows no link, but tells it less well
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
        self._history_due = self._beat_due = 0.0
        self._size = 0
        """Bytes that are known to be in the journal."""
        self._journal: BinaryIO | None = None
        self._lock = held
        try:
            known: list[JournalEvent] = []
            self.fold = read_journal(path, keep_steps=False, take=known.append).fold
            self._remembered = remembered(known)
            self.undone = undone(known)
            """What a process that died had done, and is about to be done again."""
            self._open()
        except BaseException as error:
            self._let_go()
            if isinstance(error, OSError):
                raise _unwritable(path, error) from error
            raise
        self._thread = WatchedThread(
            self._beat,
            name="kresume-heartbeat",
            what="the thread that shows that training lives",
            without="Training goes on and shows it with each line of its journal instead.",
            tell=self.problem,
        )

    def _let_go(self) -> None:
        if self._journal is not None:
            self._journal.close()
        self._lock.release()

    def _open(self) -> None:
        checkpoints = self.path / layout.CHECKPOINTS
        with suppress(FileExistsError):
            files.make_folder(checkpoints)
        files.check_folder(checkpoints)
        atomic.remove_temporaries(checkpoints)
        atomic.remove_temporaries(self.path)
        path = self.path / layout.JOURNAL
        with suppress(FileNotFoundError), files.reading(path) as file:
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    self._pending += b"\n"  # ends the torn line; readers pass over it
        self._journal = files.appending(path)
        self._size = os.fstat(self._journal.fileno()).st_size
        files.touch(self.path / layout.HEARTBEAT, make=True)
        atomic.sync_folder(self.path)

    def write_header(self, header: Header) -> None:
        """Writes `run.json`, without the secrets that its cells hold.

        Raises:
            RunFolderError: if it cannot be written.
        """
        try:
            headers.store(self.path, header)
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def append(self, *events: JournalEvent) -> None:
        """Appends events to the journal; once it returns they survive the process.

        A write that fails is told in `problems` and tried again with the next events.
        """
        data = b"".join(codec.dumps(event).encode() + b"\n" for event in events)
        with self._mutex:
            self.fold.feed(events)
            self._remembered += remembered(events)
            self._pending += data
            self._dirty = True
            self._drain()
        if not self._thread.check():
            self._turn()

    def _drain(self) -> None:
        try:
            # A disk that fills up takes a part: the rest follows when it can.
            while self._journal is not None and self._pending:
                written = self._journal.write(self._pending) or 0
                self._size += written
                del self._pending[:written]
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
        """Makes the journal durable: a checkpoint must not outlive the events before it.

        Raises:
            OSError: if it cannot be, or if events wait that the disk would not take.
        """
        with self._mutex:
            self._drain()
            if self._pending.strip():
                raise OSError(f"{self.path / layout.JOURNAL} cannot be written")
        self._mend()
        if self._journal is not None:
            atomic.sync(self._journal)

    def _mend(self) -> None:
        """Writes the journal anew if somebody deleted or cut it.

        Raises:
            OSError: if it cannot be written.
        """
        path = self.path / layout.JOURNAL
        with self._mutex:
            if self._journal is None:
                return
            here = os.fstat(self._journal.fileno())
            try:
                there = files.info(path)
            except FileNotFoundError:
                there = None
            gone = there is None or (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino)
            if not gone and here.st_size >= self._size:
                return
            cut = here.st_size < self._size
            data = mended(os.pread(self._journal.fileno(), here.st_size, 0), self._remembered)
            atomic.write(path, data)
            old, self._journal = self._journal, files.appending(path)
            old.close()
            self._size, self._dirty = len(data), True
        what = "some steps are missing in it" if cut else "it is complete"
        self.problem(
            f"{path} was {'cut' if cut else 'deleted or replaced'} while this training writes it. It "
            f"was written anew: {what}. Training goes on; something on this machine deletes or changes "
            "files that are in use"
        )

    def checkpoint_files(self) -> list[str]:
        """Names of the checkpoint files that there are."""
        return [path.name for path in checkpoint_files(self.path)]

    def remake_checkpoints(self) -> bool:
        """Makes the folder of checkpoints anew, if somebody deleted it; whether it did.

        What was in it is taken down as gone.

        Raises:
            OSError: if it cannot be made; the run folder itself may be gone.
        """
        try:
            files.make_folder(self.path / layout.CHECKPOINTS)
        except FileExistsError:
            return False
        atomic.sync_folder(self.path)
        gone = [one.file for one in self.fold.checkpoints]
        if gone:
            self.append(Pruned(time=time.time(), files=gone))
        return True

    def remove(self, files: Sequence[str]) -> None:
        """Deletes checkpoints by name."""
        for name in files:
            atomic.remove(layout.checkpoint_path(self.path, name))

    def _beat(self) -> None:
        while not self._closed.wait(min(1.0, HEARTBEAT_SECONDS / 2)):
            self._turn()

    def _turn(self) -> None:
        """What there is to do now and then."""
        now = time.monotonic()
        try:
            if now >= self._beat_due:
                self._beat_due = now + HEARTBEAT_SECONDS * 0.9
                files.touch(self.path / layout.HEARTBEAT)
                self._mend()
            if self._dirty and now >= self._history_due:
                self._write_history(durable=False)
        except OSError as error:
            self._dirty = True
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

    def discard(self) -> None:
        """Deletes the run folder. To be called when it is closed, by who made it."""
        files.remove_folder(self.path)

    def close(self) -> None:
        """Writes the last of it, stops the heartbeat and lets go of the run."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._thread.join()
        try:
            for last in (self.sync, lambda: self._write_history(durable=True)):
                try:
                    last()
                except OSError as error:  # what one cannot write, the other may
                    self.problem(f"{self.path} cannot be written: {error}")
        finally:
            self._let_go()
