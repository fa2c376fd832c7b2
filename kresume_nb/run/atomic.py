"""The only module that renames, fsyncs and deletes: how a file becomes durable, old or new, never a mix.

Temporary file in the same folder, write, fsync the file, rename over the target, fsync the folder.
After a kill at any system call, or a power cut that drops what was not fsynced, the target is the
old file or the new one. (The method: SQLite's and LevelDB's; POSIX rename is atomic.)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from kresume_nb.run.layout import TEMPORARY


@contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[BinaryIO]:
    """A binary file to write to; when the block ends without an error it takes the place of `path`.

    `durable=False` leaves out the fsyncs: a kill still leaves old or new, a power cut may leave
    less. Meant for what can be derived again.
    """
    temporary = path.with_name(path.name + TEMPORARY)
    try:
        with temporary.open("w+b") as file:
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(path.parent)


def write(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Replaces the content of `path`."""
    with replacing(path, durable=durable) as file:
        file.write(data)


def create(path: Path, data: bytes) -> bool:
    """Makes a file that is not there yet; False if it is. Of several that try, one succeeds."""
    try:
        with path.open("xb", buffering=0) as file:
            file.write(data)
    except FileExistsError:
        return False
    return True


def sync(file: BinaryIO) -> None:
    """Makes durable what was written to an open file so far."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Makes durable which names a folder holds. Windows has no such call and needs none."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove(path: Path) -> bool:
    """Deletes a file; False if it was gone already."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True


def remove_temporaries(folder: Path, keep: Callable[[Path], bool] = lambda _: False) -> list[Path]:
    """Deletes what a killed writer left half-written in a folder; returns what it deleted."""
    left = [path for path in folder.glob(f"*{TEMPORARY}") if not keep(path)]
    return [path for path in left if remove(path)]
