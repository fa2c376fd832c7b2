"""Which runs the user switched "resume by itself" on for: a file of the user's, outside of any run folder.

Nothing that lies in a run folder or a notebook can turn a switch on, so what comes from elsewhere never
makes anything run by itself. A switch holds for one folder on this disk: its real path, its inode and
when its run was made must be what they were. A copy, a moved folder, or another run in its
place has its switch off. A cell that calls `fit` several times makes several runs: the switch is handed
on from one to the next within an execution, while the kernel that makes them is this server's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import filelock

from kresume_nb.errors import CorruptRecordError, KResumeError
from kresume_nb.run import atomic, codec, limits
from kresume_nb.run.reader import read_header
from kresume_nb.run.records import AutoSwitch, Header


@dataclass(frozen=True, slots=True)
class _Entry:
    inode: int
    created: float
    since: float
    on: bool = True
    """False once somebody turned it off, which an earlier run of the execution does not undo."""


@dataclass(frozen=True, slots=True)
class _Entries:
    runs: dict[str, _Entry] = field(default_factory=dict)
    """By the real path of the run folder."""


class Switches:
    """The switches of one user.

    Args:
        file: where they are kept; made when the first is set.
        unattended: whether this server resumes where no page is open, which each answer tells.
    """

    def __init__(self, file: Path, *, unattended: bool = False) -> None:
        self._file = file
        self._unattended = unattended

    def get(self, run: Path) -> AutoSwitch:
        """How the switch of a run stands."""
        entry = self._read().runs.get(str(run.resolve()))
        on = entry is not None and entry.on and _is_of(entry, run)
        since = entry.since if entry is not None and on else None
        return AutoSwitch(on=on, since=since, unattended=self._unattended)

    def set(self, run: Path, *, on: bool) -> AutoSwitch:
        """Turns the switch of a run on or off.

        Raises:
            RunNotFoundError, CorruptRecordError, NewerSchemaError: there is no run to turn it on for.
        """
        self._keep(run.resolve(), time.time(), on=on)
        return self.get(run)

    def inherit(self, run: Path, serves: Callable[[str], bool]) -> None:
        """Turns it on for a run if it is on for the training before it in the same execution of a cell.

        What a run folder says is not enough for that: the kernel that writes both must be one of
        those that this server has started, and the folder must lie beside a run that the
        user's switch holds for. A switch that was turned off stays off.

        Args:
            run: a run folder.
            serves: whether a kernel of that id is one of this server's.
        """
        path, entries = run.resolve(), self._read().runs
        known = entries.get(str(path))
        if known is not None and _is_of(known, path):
            return
        beside = {Path(name): one for name, one in entries.items()}
        beside = {at: one for at, one in beside.items() if at.parent == path.parent}
        if not beside:
            return
        try:
            header = _header(path)
            kernel = header.writer.kernel
            if not header.execution or kernel is None or not serves(kernel):
                return
            before = [
                (one.created, one)
                for at, one in beside.items()
                if _is_of(one, at) and one.created < header.created
                if _same_execution(_header(at), header)
            ]
        except (OSError, KResumeError):
            return  # being made, or deleted
        if before:
            last = max(before, key=lambda item: item[0])[1]
            if last.on:
                self._keep(path, last.since, on=True)

    def _keep(self, path: Path, since: float, *, on: bool) -> None:
        made = _Entry(path.stat().st_ino, _header(path).created, since, on)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(self._file.with_suffix(".lock"), timeout=10):
            there = self._read().runs
            kept = {name: one for name, one in there.items() if name != str(path)}
            kept = {name: one for name, one in kept.items() if _is_of(one, Path(name))}
            kept[str(path)] = made
            atomic.write(self._file, codec.dumps(_Entries(kept)).encode())

    def on(self) -> Mapping[Path, float]:
        """The runs whose switch is on, and since when."""
        entries = self._read().runs.items()
        return {
            Path(name): one.since for name, one in entries if one.on and _is_of(one, Path(name))
        }

    def _read(self) -> _Entries:
        with suppress(FileNotFoundError, CorruptRecordError):  # damaged: nothing is on
            return codec.loads(_Entries, self._file.read_bytes())
        return _Entries()


def _header(run: Path) -> Header:
    return read_header(run, limits.HEADER_AT_ONCE)


def _same_execution(one: Header, other: Header) -> bool:
    return (one.execution, one.writer.kernel) == (other.execution, other.writer.kernel)


def _is_of(entry: _Entry, run: Path) -> bool:
    """Whether a switch was set for what lies at this path now."""
    try:
        same = run.resolve() == run and run.stat().st_ino == entry.inode
        return same and _header(run).created == entry.created
    except (OSError, KResumeError):
        return False
