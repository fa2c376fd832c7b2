"""Which runs the user switched "resume by itself" on for: a file of the user's, outside of any run folder.

Nothing that lies in a run folder or a notebook can turn a switch on, so what comes from elsewhere never
makes anything run by itself. A switch holds for one folder on this disk: its real path, its inode and
when its run was made must be what they were. A copy, a moved folder, or another run in its
place has its switch off.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import filelock

from kresume_nb.errors import CorruptRecordError, KResumeError
from kresume_nb.run import atomic, codec
from kresume_nb.run.reader import read_header
from kresume_nb.run.records import AutoSwitch


@dataclass(frozen=True, slots=True)
class _Entry:
    inode: int
    created: float
    since: float


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
        holds = entry is not None and _is_of(entry, run)
        since = entry.since if entry is not None and holds else None
        return AutoSwitch(on=holds, since=since, unattended=self._unattended)

    def set(self, run: Path, *, on: bool) -> AutoSwitch:
        """Turns the switch of a run on or off.

        Raises:
            RunNotFoundError, CorruptRecordError, NewerSchemaError: there is no run to turn it on for.
        """
        path = run.resolve()
        made = _Entry(path.stat().st_ino, read_header(path).created, time.time()) if on else None
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(self._file.with_suffix(".lock"), timeout=10):
            there = self._read().runs
            kept = {name: one for name, one in there.items() if name != str(path)}
            kept = {name: one for name, one in kept.items() if _is_of(one, Path(name))}
            if made is not None:
                kept[str(path)] = made
            atomic.write(self._file, codec.dumps(_Entries(kept)).encode())
        return self.get(path)

    def on(self) -> Mapping[Path, float]:
        """The runs whose switch is on, and since when."""
        entries = self._read().runs.items()
        return {Path(name): one.since for name, one in entries if _is_of(one, Path(name))}

    def _read(self) -> _Entries:
        with suppress(FileNotFoundError, CorruptRecordError):  # damaged: nothing is on
            return codec.loads(_Entries, self._file.read_bytes())
        return _Entries()


def _is_of(entry: _Entry, run: Path) -> bool:
    """Whether a switch was set for what lies at this path now."""
    try:
        same = run.resolve() == run and run.stat().st_ino == entry.inode
        return same and read_header(run).created == entry.created
    except (OSError, KResumeError):
        return False
