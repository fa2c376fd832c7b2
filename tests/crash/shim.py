"""Stands between Python and the system calls that change a disk: counts, kills, takes down.

What it sees: every call that the package makes through Python's `open`, file objects and `os`,
HDF5's writes among them, which go through a file object.
"""

from __future__ import annotations

import base64
import io
import os
import signal
from pathlib import Path
from typing import Any


class Shim:
    """Once installed, counts the calls; at the `kill`-th it kills the process.

    A write is cut in half before that, every other call is not made any more.

    Args:
        root: only what happens below it counts.
        kill: number of the fatal call, from one; 0 for none.
    """

    def __init__(self, root: Path, kill: int = 0) -> None:
        self.root = f"{root}/"
        self.kill = kill
        self.calls: list[dict[str, Any]] = []

    def install(self) -> None:
        shim, real_open, raw = self, io.open, _raw_class(self)

        def opening(
            file: Any, mode: str = "r", buffering: int = -1, *rest: Any, **more: Any
        ) -> Any:
            if "b" not in mode or mode == "rb" or not shim.inside(file):
                return real_open(file, mode, buffering, *rest, **more)
            created = not os.path.exists(file)  # noqa: PTH110
            shim.seen("open", path=str(file))
            opened = raw(file, mode)
            shim.note(inode=os.fstat(opened.fileno()).st_ino, created=created, mode=mode)
            if buffering == 0:
                return opened
            kind = io.BufferedRandom if "+" in mode else io.BufferedWriter
            return kind(opened)

        io.open = opening  # what pathlib calls
        for name in ("mkdir", "unlink", "replace", "rename", "utime", "fsync", "open"):
            self._wrap(name)

    def inside(self, path: Any) -> bool:
        return isinstance(path, str | Path) and f"{path}/".startswith(self.root)

    def _wrap(self, name: str) -> None:
        real = getattr(os, name)

        def call(first: Any, *rest: Any, **more: Any) -> Any:
            path = os.readlink(f"/proc/self/fd/{first}") if isinstance(first, int) else first  # noqa: PTH115
            writes = name != "open" or _writes(rest[0])
            if not (self.inside(path) and writes):
                return real(first, *rest, **more)
            targets = {"to": str(rest[0])} if name in ("replace", "rename") else {}
            missing = name == "open" and not os.path.exists(path)  # noqa: PTH110
            self.seen(name, path=str(path), **targets)
            result = real(first, *rest, **more)
            if name == "open":
                self.note(inode=os.fstat(result).st_ino, created=missing, mode="")
            if name == "fsync" and not os.path.isdir(path):  # noqa: PTH112
                content = base64.b64encode(Path(path).read_bytes()).decode()
                self.note(inode=os.fstat(first).st_ino, content=content)
            return result

        setattr(os, name, call)

    def seen(self, call: str, **what: Any) -> None:
        self.calls.append({"call": call, **what})
        if len(self.calls) == self.kill and call != "write":
            os.kill(os.getpid(), signal.SIGKILL)

    def note(self, **what: Any) -> None:
        self.calls[-1].update(what)

    def say(self, step: int) -> None:
        """Takes down, uncounted, that somebody was told of a checkpoint."""
        if self.calls:
            self.calls[-1].setdefault("told", []).append(step)


def _writes(flags: int) -> bool:
    """Whether such an `open` can change what a disk holds. A file without a name leaves nothing."""
    unnamed = getattr(os, "O_TMPFILE", 0)  # how filelock tries whether a folder can be written
    if unnamed and flags & unnamed == unnamed:
        return False
    return bool(flags & (os.O_CREAT | os.O_WRONLY | os.O_RDWR))


def _raw_class(shim: Shim) -> type[io.FileIO]:
    class Raw(io.FileIO):
        def write(self, data: Any) -> int:
            shim.seen("write", path=str(self.name), data=base64.b64encode(data).decode())
            if len(shim.calls) == shim.kill:
                super().write(bytes(data[: len(data) // 2]))
                os.kill(os.getpid(), signal.SIGKILL)
            shim.note(inode=os.fstat(self.fileno()).st_ino)
            return super().write(data)

    return Raw
