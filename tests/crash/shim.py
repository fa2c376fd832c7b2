"""Stands between Python and the system calls that change a disk: counts, kills, refuses, takes down.

What `Shim` sees: every call that the package makes through Python's `open`, file objects and `os`,
HDF5's writes among them, which go through a file object. `Below` speaks to a library in C that sees
what libraries in C call, too (`tests/torture/refusing.c`), and only counts and refuses.
"""

from __future__ import annotations

import base64
import ctypes
import errno
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
        fail: from which call on, how many, and with which `errno`. Of a write on a disk that is full
            the first takes half of the bytes, as a disk does.
    """

    def __init__(self, root: Path, kill: int = 0, fail: tuple[int, int, int] | None = None) -> None:
        self.root = f"{root}/"
        self.kill = kill
        self.fail = fail
        self.calls: list[dict[str, Any]] = []

    def install(self) -> None:
        shim, real_open, raw = self, io.open, _raw_class(self)

        def opening(
            file: Any, mode: str = "r", buffering: int = -1, *rest: Any, **more: Any
        ) -> Any:
            # What `os.open` below took down already; its writes are yet to come.
            path = os.readlink(f"/proc/self/fd/{file}") if isinstance(file, int) else file  # noqa: PTH115
            if "b" not in mode or mode == "rb" or not shim.inside(path):
                return real_open(file, mode, buffering, *rest, **more)
            opened = raw(file, mode, path)
            if buffering == 0:
                return opened
            kind = io.BufferedRandom if "+" in mode else io.BufferedWriter
            return kind(opened)

        io.open = opening  # what os.fdopen calls
        for name in ("mkdir", "unlink", "replace", "rename", "utime", "fsync", "open"):
            self._wrap(name)

    def inside(self, path: Any) -> bool:
        return isinstance(path, str | Path) and f"{path}/".startswith(self.root)

    def _wrap(self, name: str) -> None:
        real = getattr(os, name)

        def call(first: Any, *rest: Any, **more: Any) -> Any:
            path = _where(first, more.get("src_dir_fd", more.get("dir_fd")))
            writes = name != "open" or _writes(rest[0])
            if not (self.inside(path) and writes):
                return real(first, *rest, **more)
            renames = name in ("replace", "rename")
            targets = {"to": str(_where(rest[0], more.get("dst_dir_fd")))} if renames else {}
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
        if call != "write":
            self.refuse()

    def refuse(self) -> None:
        """Raises if the present call is one of those that fail."""
        if self.fail is not None:
            first, count, number = self.fail
            if first <= len(self.calls) < first + count:
                raise OSError(number, os.strerror(number))

    @property
    def takes_half(self) -> bool:
        """Whether the present write is the one at which the disk turns out to be full."""
        return (
            self.fail is not None
            and self.fail[0] == len(self.calls)
            and self.fail[2] == errno.ENOSPC
        )

    def note(self, **what: Any) -> None:
        self.calls[-1].update(what)

    def say(self, step: int) -> None:
        """Takes down, uncounted, that somebody was told of a checkpoint."""
        if self.calls:
            self.calls[-1].setdefault("told", []).append(step)


class Below:
    """The same by the library that this process was started with; it only refuses.

    Args:
        root: only what happens below it counts.
        fail: as of `Shim`.
    """

    def __init__(self, root: Path, fail: tuple[int, int, int]) -> None:
        self.root, self.fail = root, fail
        self._library = ctypes.CDLL(None)
        self._library.kresume_refuse.argtypes = [
            ctypes.c_char_p, ctypes.c_long, ctypes.c_long, ctypes.c_int,
        ]  # fmt: skip
        self._library.kresume_calls.restype = ctypes.c_long
        self._library.kresume_call.argtypes = [ctypes.c_long]
        self._library.kresume_call.restype = ctypes.c_char_p

    def install(self) -> None:
        self._library.kresume_refuse(str(self.root).encode(), *self.fail)

    def remove(self) -> None:
        """Refuses nothing any more, and forgets the calls."""
        self._library.kresume_refuse(b"", 0, 0, 0)

    @property
    def calls(self) -> list[str]:
        """The name and the path of each."""
        count = self._library.kresume_calls()
        return [self._library.kresume_call(at).decode() for at in range(1, count + 1)]

    def say(self, step: int) -> None:
        """Nothing: only who cuts the power asks when a checkpoint was announced."""


def _where(path: Any, folder: int | None) -> Any:
    """The path that a call is about: of a descriptor, or of a name relative to one."""
    if isinstance(path, int):
        return os.readlink(f"/proc/self/fd/{path}")  # noqa: PTH115
    if folder is None:
        return path
    return f"{os.readlink(f'/proc/self/fd/{folder}')}/{path}"  # noqa: PTH115


def _writes(flags: int) -> bool:
    """Whether such an `open` can change what a disk holds. A file without a name leaves nothing."""
    unnamed = getattr(os, "O_TMPFILE", 0)  # how filelock tries whether a folder can be written
    if unnamed and flags & unnamed == unnamed:
        return False
    return bool(flags & (os.O_CREAT | os.O_WRONLY | os.O_RDWR))


def _raw_class(shim: Shim) -> type[io.FileIO]:
    class Raw(io.FileIO):
        def __init__(self, file: Any, mode: str, path: Any) -> None:
            super().__init__(file, mode)
            self.path = str(path)

        def write(self, data: Any) -> int:
            shim.seen("write", path=self.path, data=base64.b64encode(data).decode())
            if len(shim.calls) == shim.kill:
                super().write(bytes(data[: len(data) // 2]))
                os.kill(os.getpid(), signal.SIGKILL)
            if shim.takes_half and len(data) > 1:
                return super().write(bytes(data[: len(data) // 2]))
            shim.refuse()
            shim.note(inode=os.fstat(self.fileno()).st_ino)
            return super().write(data)

    return Raw
