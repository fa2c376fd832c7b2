"""A power cut after any system call: what was not fsynced is gone.

A model of a disk, fed with the calls that a session made (`shim.py`). After each call the folder is
built up anew in three ways, and each must be one that a resume can begin from:

* `nothing unsynced`: files as at their last fsync, names as at the last fsync of their folder.
* `names at once`: every create, rename, unlink and mkdir has reached the disk at once, as journaling
  file systems may do it, contents have not: a file that was not fsynced is empty.
* `half of the tail`: as before, and half of what was appended since the last fsync is there.

Not modelled: a disk that reorders within one file between two fsyncs, tears a sector, or lies about
fsync.
"""

from __future__ import annotations

import base64
from pathlib import Path, PurePosixPath

WAYS = ("nothing unsynced", "names at once", "half of the tail")


class Disk:
    """What is on the disk for sure, and what only the kernel knows."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.names: dict[str, int | None] = {root: None}  # a folder has no number
        self.numbers: dict[int, int] = {}  # of files, by inode
        self.files_made = 0
        self.durable: dict[str, dict[str, int | None]] = {}
        self.synced: dict[int, bytes] = {}
        self.tails: dict[int, bytes] = {}

    def apply(self, one) -> None:
        call, path = one["call"], one["path"]
        if call == "mkdir":
            if self.parent(path) in self.names:  # else it failed, and is tried again
                self.names.setdefault(path, None)
        elif call == "open":
            if one["created"]:  # numbers of deleted files are given out again
                self.files_made += 1
                self.numbers[one["inode"]] = self.files_made
            number = self.names[path] = self.numbers[one["inode"]]
            if "w" in one["mode"]:
                self.synced.pop(number, None)
                self.tails.pop(number, None)
        elif call == "write":
            number, data = self.numbers[one["inode"]], base64.b64decode(one["data"])
            self.tails[number] = self.tails.get(number, b"") + data
        elif call in ("replace", "rename"):
            self.names[one["to"]] = self.names.pop(path)
        elif call == "unlink":
            self.names.pop(path, None)
        elif call == "fsync":
            self.sync(one)

    def sync(self, one) -> None:
        if "inode" in one:
            number = self.numbers[one["inode"]]
            self.synced[number] = base64.b64decode(one["content"])
            self.tails.pop(number, None)
        else:
            folder = one["path"]
            inside = {
                name: kept for name, kept in self.names.items() if self.parent(name) == folder
            }
            self.durable[folder] = inside

    @staticmethod
    def parent(path: str) -> str:
        return str(PurePosixPath(path).parent)

    def files(self, way: str) -> dict[str, bytes | None]:
        """Paths and contents, None for folders, as they are found after the cut."""
        names = dict(self.names)
        if way == "nothing unsynced":
            names, folders = {self.root: None}, [self.root]
            for folder in folders:
                for name, number in self.durable.get(folder, {}).items():
                    names[name] = number
                    if number is None:
                        folders.append(name)
        return {name: self.content(number, way) for name, number in names.items()}

    def content(self, number: int | None, way: str) -> bytes | None:
        if number is None:
            return None
        content = self.synced.get(number, b"")
        if way == "half of the tail":
            tail = self.tails.get(number, b"")
            content += tail[: len(tail) // 2]
        return content


def build(files, root: str, target: Path) -> None:
    for name, content in sorted(files.items()):
        path = target / PurePosixPath(name).relative_to(root)
        if content is None:
            path.mkdir(exist_ok=True)
        else:
            path.write_bytes(content)
