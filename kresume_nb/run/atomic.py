"""The only module that fsyncs: how a file becomes durable, old or new, never a mix.

Temporary file in the same folder, write, fsync the file, rename over the target, fsync the folder.
After a kill at any system call, or a power cut that drops what was not fsynced, the target is the
old file or the new one. (The method: SQLite's and LevelDB's; POSIX rename is atomic.) The files are
opened by `files`, which follows no links.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from kresume_nb.run import files
from kresume_nb.run.layout import TEMPORARY


@contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[BinaryIO]:
    """A binary file to write to; when the block ends without an error it takes the place of `path`.

    `durable=False` leaves out the fsyncs: a kill still leaves old or new, a power cut may leave
    less. Meant for what can be derived again.
    """
    opened, temporary = files.temporary(path)
    try:
        with opened as file:
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        files.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            files.remove(temporary)
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
        with files.creating(path) as file:
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
    with files.descriptor(folder) as number:
        os.fsync(number)


def remove(path: Path) -> bool:
    """Deletes a file; False if it was gone already."""
    try:
        files.remove(path)
    except FileNotFoundError:
        return False
    return True


def remove_temporaries(folder: Path, keep: Callable[[Path], bool] = lambda _: False) -> list[Path]:
    """Deletes what a killed writer left half-written in a folder; returns what it deleted."""
    removed = []
    for name in files.names(folder):
        path = folder / name
        if name.endswith(TEMPORARY) and not keep(path):
            with suppress(OSError):  # no file of ours, or not ours to delete: it does no harm
                if remove(path):
                    removed.append(path)
    return removed
