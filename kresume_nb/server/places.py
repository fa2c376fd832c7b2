"""Addresses of the Contents API as folders on disk, none outside of the server's root."""

from __future__ import annotations

from pathlib import Path, PurePosixPath


class OutsideRootError(ValueError):
    """An address leads out of the server's root, or to something hidden."""


def os_path(path: str, root: Path, *, hidden: bool = False) -> Path:
    """Where an address lies on disk.

    Args:
        path: with forward slashes, relative to the root, as the Contents API names files.
        root: the server's.
        hidden: whether names that begin with a dot may be asked for.

    Raises:
        OutsideRootError: links out of the root count as outside.
    """
    parts = PurePosixPath(path.strip("/")).parts
    if any(part == ".." or "\\" in part or "\0" in part for part in parts):
        raise OutsideRootError(f"{path!r} is not a path below the server's root.")
    if not hidden and any(part.startswith(".") for part in parts):
        raise OutsideRootError(f"{path!r} is hidden.")
    found = root.joinpath(*parts)
    if not found.resolve().is_relative_to(root.resolve()):
        raise OutsideRootError(f"{path!r} leads out of the server's root.")
    return found
