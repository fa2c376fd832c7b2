"""The only module that opens, renames, touches and deletes the files of a run folder.

A run folder may come from a stranger: from a repository, a shared drive, an unpacked archive. So

* the run folder itself is opened once a call; it may be a link that its owner made;
* nothing below it may be a link: each part is opened relative to the descriptor of the folder that
  holds it, and a link in its place is an `UnsafeFileError`, not a way out;
* only regular files are opened, and never waited for (a FIFO would block, a device would act);
* what is read whole has a bound, which is compared with the file's size before anything is read;
* new files are made exclusively, under a random name if they are temporary, for their owner alone.

Systems without descriptors of folders (Windows) look at each part with `lstat` instead, and compare
what they opened with what they looked at: between the two somebody who may write there could still
act, a folder that merely lies there cannot. Everything is a function of a path: which part of it is
the run folder follows from the layout (`checkpoints/` is the only folder in a run).
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from kresume_nb.errors import CorruptRecordError, UnsafeFileError
from kresume_nb.run import layout, limits

RELATIVE = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
"""Whether files can be opened relative to the descriptor of a folder."""

_SAFE = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_FILE_MODE, _FOLDER_MODE = 0o600, 0o700
_REPARSE = 0x400
"""Windows' mark of links and junctions."""


@dataclass(frozen=True, slots=True)
class _Folder:
    """An open folder: all that is done in it is done relative to its descriptor."""

    path: Path
    descriptor: int | None

    def at(self, name: str) -> tuple[str, int | None]:
        """What `os` functions take as a path and as `dir_fd`."""
        return (name if self.descriptor is not None else str(self.path / name)), self.descriptor

    def look(self, name: str) -> os.stat_result:
        where, folder = self.at(name)
        return os.stat(where, dir_fd=folder, follow_symlinks=False)

    def open(self, name: str, flags: int) -> int:
        """A descriptor of the regular file of that name."""
        path = self.path / name
        seen: os.stat_result | None = None
        try:
            seen = self.look(name)
        except FileNotFoundError:
            if not flags & os.O_CREAT:
                raise FileNotFoundError(
                    errno.ENOENT, os.strerror(errno.ENOENT), str(path)
                ) from None
        if seen is not None:
            _check(path, seen)
        where, folder = self.at(name)
        try:
            descriptor = os.open(where, flags | _SAFE, _FILE_MODE, dir_fd=folder)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENXIO):  # put there since it was looked at
                raise UnsafeFileError(f"{path} is not a regular file: {error}") from error
            error.filename = str(path)
            raise
        try:
            opened = os.fstat(descriptor)
            _check(path, opened)
            if seen is not None and not RELATIVE and not os.path.samestat(seen, opened):
                raise UnsafeFileError(f"{path} was replaced while it was opened")
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor


def _check(path: Path, found: os.stat_result, *, folder: bool = False) -> None:
    """Raises unless that is a regular file (or a folder) in its own right."""
    link = stat.S_ISLNK(found.st_mode) or (getattr(found, "st_file_attributes", 0) & _REPARSE)
    if link:
        raise UnsafeFileError(
            f"{path} is a link. A run folder may come from anyone, so links in it are not followed: "
            "put the file itself in its place, or delete it."
        )
    if not (stat.S_ISDIR if folder else stat.S_ISREG)(found.st_mode):
        expected = "a folder" if folder else "a regular file"
        raise UnsafeFileError(
            f"{path} is not {expected}, but {_kind(found.st_mode)}. Move it out of the run folder."
        )


def _kind(mode: int) -> str:
    kinds = {
        stat.S_IFDIR: "a folder",
        stat.S_IFREG: "a file",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    return kinds.get(stat.S_IFMT(mode), "something else")


@contextmanager
def _opened(folder: Path) -> Iterator[_Folder]:
    """A run folder, or the `checkpoints` of one."""
    inner = folder.name if folder.name == layout.CHECKPOINTS else None
    root = folder.parent if inner else folder
    if not RELATIVE:
        if inner:
            _check(folder, os.lstat(folder), folder=True)
        yield _Folder(folder, None)
        return
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    descriptor = os.open(root, flags)
    try:
        if inner:
            outer = descriptor
            try:
                _check(folder, _Folder(root, outer).look(inner), folder=True)
                descriptor = os.open(inner, flags | os.O_NOFOLLOW, dir_fd=outer)
            finally:
                if descriptor != outer:
                    os.close(outer)
        yield _Folder(folder, descriptor)
    finally:
        os.close(descriptor)


def _open(path: Path, flags: int, mode: str, buffering: int = -1) -> BinaryIO:
    with _opened(path.parent) as folder:
        descriptor = folder.open(path.name, flags)
    try:
        return os.fdopen(descriptor, mode, buffering)  # type: ignore[return-value]
    except BaseException:
        os.close(descriptor)
        raise


def reading(path: Path, *, buffering: int = -1) -> BinaryIO:
    """A file to read from.

    Raises:
        FileNotFoundError: if it is not there.
        UnsafeFileError: if it is a link or no regular file, or lies in a folder that is a link.
    """
    return _open(path, os.O_RDONLY, "rb", buffering)


def appending(path: Path) -> BinaryIO:
    """A file to append to, unbuffered; made if it is not there. Raises as `reading`."""
    return _open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, "ab", buffering=0)


def changing(path: Path) -> BinaryIO:
    """A file that is there, to read and write. Raises as `reading`."""
    return _open(path, os.O_RDWR, "r+b")


def creating(path: Path) -> BinaryIO:
    """A new file, unbuffered.

    Raises:
        FileExistsError: if anything of that name is there, a link that leads nowhere included.
    """
    with _opened(path.parent) as folder:
        where, at = folder.at(path.name)
        flags = _SAFE | os.O_WRONLY | os.O_CREAT | os.O_EXCL
        descriptor = os.open(where, flags, _FILE_MODE, dir_fd=at)
    return os.fdopen(descriptor, "wb", 0)


def temporary(path: Path) -> tuple[BinaryIO, Path]:
    """A new file beside `path`, to read and write, under a name that nobody can foresee."""
    with _opened(path.parent) as folder:
        beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}{layout.TEMPORARY}")
        where, at = folder.at(beside.name)
        flags = _SAFE | os.O_RDWR | os.O_CREAT | os.O_EXCL
        descriptor = os.open(where, flags, _FILE_MODE, dir_fd=at)
    return os.fdopen(descriptor, "w+b"), beside


def read(path: Path, most: int) -> bytes:
    """A whole file, if it has at most that many bytes.

    Raises:
        CorruptRecordError: if it has more; nothing of it was read.
        FileNotFoundError, UnsafeFileError: as `reading`.
    """
    with reading(path, buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        data = b"" if size > most else _whole(file, most + 1)
    if size > most or len(data) > most:  # the latter grew while it was read
        raise CorruptRecordError(
            f"{path} has {max(size, len(data)):,} bytes. Expected at most {most:,}."
        )
    return data


def _whole(file: BinaryIO, most: int) -> bytes:
    parts, left = [], most
    while left and (part := file.read(min(left, 2**20))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def info(path: Path) -> os.stat_result:
    """What the system tells of a file, which may be anything.

    Raises:
        FileNotFoundError: if it is not there.
        UnsafeFileError: if it is a link or no regular file, or lies in a folder that is a link.
    """
    with _opened(path.parent) as folder:
        found = folder.look(path.name)
    _check(path, found)
    return found


def stamps(run: Path, names: Iterable[str]) -> tuple[tuple[int, int] | None, ...]:
    """Of each name in a run folder the time in nanoseconds and the size; None for what is not there."""
    found: list[tuple[int, int] | None] = []
    try:
        with _opened(run) as folder:
            for name in names:
                try:
                    stat_ = folder.look(name)
                except OSError:
                    found.append(None)
                else:
                    found.append((stat_.st_mtime_ns, stat_.st_size))
    except OSError:
        return ()
    return tuple(found)


def is_file(path: Path) -> bool:
    """Whether that is a regular file, and no link."""
    try:
        info(path)
    except OSError:
        return False
    return True


def is_run(path: Path) -> bool:
    """Whether that is a run folder, or a link to one: a folder with a regular `run.json` in it."""
    try:
        with _opened(path) as folder:
            found = folder.look(layout.HEADER)
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and not getattr(found, "st_file_attributes", 0) & _REPARSE


def names(folder: Path, most: int = limits.NAMES) -> list[str]:
    """The first `most` names in a run folder, or in its `checkpoints`, whatever they name."""
    with _opened(folder) as opened:
        where = opened.descriptor if opened.descriptor is not None else str(opened.path)
        with os.scandir(where) as entries:
            return [entry.name for entry in islice(entries, most)]


def size(folder: Path) -> int:
    """Bytes of the regular files in a run folder, or in its `checkpoints`; 0 if it is not there."""
    total = 0
    try:
        with _opened(folder) as opened:
            where = opened.descriptor if opened.descriptor is not None else str(opened.path)
            with os.scandir(where) as entries:
                for entry in islice(entries, limits.NAMES):
                    try:
                        found = entry.stat(follow_symlinks=False)
                    except OSError:  # gone in this moment
                        continue
                    if stat.S_ISREG(found.st_mode):
                        total += found.st_size
    except OSError:
        return total
    return total


def remove(path: Path) -> None:
    """Deletes a file; of a link the link, never what it leads to.

    Raises:
        FileNotFoundError: if it is not there.
    """
    with _opened(path.parent) as folder:
        where, at = folder.at(path.name)
        os.unlink(where, dir_fd=at)


def remove_folder(path: Path) -> None:
    """Deletes a folder with all that is in it, as far as it can be; a link in it is not followed."""
    shutil.rmtree(path, ignore_errors=True)


def replace(source: Path, target: Path) -> None:
    """Renames a file within its folder; `target` is the old file or the new one, never a mix."""
    with _opened(target.parent) as folder:
        (old, at), (new, _) = folder.at(source.name), folder.at(target.name)
        os.replace(old, new, src_dir_fd=at, dst_dir_fd=at)


def touch(path: Path, *, make: bool = False) -> None:
    """Sets a file's time to now. Raises as `reading`."""
    flags = os.O_WRONLY | (os.O_CREAT if make else 0)
    with _opened(path.parent) as folder:
        descriptor = folder.open(path.name, flags)
        try:
            if os.utime in os.supports_fd:
                os.utime(descriptor)
            else:
                os.utime(path)
        finally:
            os.close(descriptor)


def make_folder(path: Path) -> None:
    """Makes a run folder, or its `checkpoints`, for its owner alone.

    Raises:
        FileExistsError: if anything of that name is there.
    """
    if path.name != layout.CHECKPOINTS:
        path.mkdir(_FOLDER_MODE)
        return
    with _opened(path.parent) as folder:
        where, at = folder.at(path.name)
        os.mkdir(where, _FOLDER_MODE, dir_fd=at)


def check_folder(path: Path) -> None:
    """Returns if that is a run folder's own `checkpoints`, or a run folder.

    Raises:
        UnsafeFileError: if it is a link, or no folder.
        FileNotFoundError: if it is not there.
    """
    with _opened(path):
        pass


@contextmanager
def descriptor(folder: Path) -> Iterator[int]:
    """The descriptor of any folder, to make durable what it holds; links to it are followed."""
    number = os.open(folder, os.O_RDONLY)
    try:
        yield number
    finally:
        os.close(number)
